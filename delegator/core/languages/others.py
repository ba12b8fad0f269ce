"""What programs write in languages that nobody here speaks: enough to cut a quote off, and to know a machine.

It is filled in as mail in them was seen; what is empty has not been needed.
"""

from __future__ import annotations

from .table import MailWords, phrases

WORDS = MailWords(
    forwarded=(),
    original=phrases(
        "oprindelig meddelelse, ursprungligt meddelande, opprinnelig melding, messaggio "
        "originale, mensaje original, mensagem original"
    ),
    label_from=phrases("da, fra, från"),
    label_date=phrases("data, inviato, enviado, fecha, sendt, skickat, dato"),
    label_sent=phrases("inviato, enviado"),
    label_to=phrases("a, para, til, till"),
    label_cc=(),
    label_subject=phrases("oggetto, asunto, assunto, emne, ämne"),
    label_particles=phrases("el, em"),
    on=phrases(r"il, el, em, den, på, w\s+dniu, dnia"),
    wrote=(),
    sent=phrases("ha scritto, escribió, escreveu, skrev, napisał[ao]?, kirjoitti"),
    form_labels=(),
    form_message=(),
    salutations=(),
    titles=(),
    closings=(),
    closing_links=(),
    thanks_lines=(),
    sent_from=(),
    disclaimers=(),
    mail_words=(),
    pictures=(),
    notice_words=(),
    to_view=(),
    in_browser=(),
    browser_lines=(),
    beware=(),
    outside=(),
    banners=(),
    scan_openings=(),
    scanned=(),
    list_footers=(),
    mail_programs=(),
    about_html=(),
    reply_prefixes=phrases("sv, vs, odp, res, 回复, 答复, 回覆"),
    forward_prefixes=phrases("rv, enc, vl, vb, 转发, 轉寄"),
    outside_marks=(),
    outside_prefixes=(),
    receipt_subjects=(),
    receipt_of=(),
    receipt_said=(),
    receipt_by=(),
    reactions=(),
    reaction_stems=(),
    tapbacks=(),
    tapback_tails=(),
    tapback_things=(),
    auto_subjects=phrases(
        "automaatne vastus, automaattinen vastaus, automaticka odpoved, automatická odpověď, "
        "automatická odpoveď, automatikus válasz, automatinis atsakymas, automatisk svar, "
        "automatiskt svar, automatski odgovor, automātiskā atbilde, autosvar, avtomatični "
        "odgovor, fuera de la oficina, fuori ufficio, odpowiedź automatyczna, otomatik yanıt, "
        "răspuns automat, resposta automàtica, respuesta automática, resposta automática, "
        "risposta automatica, samodejni odgovor, αυτόματη απάντηση, автоматический ответ, "
        "автоматична відповідь, 自動返信, 自动回复, 自動回覆"
    ),
    auto_subjects_vague=(),
    absence=(),
    absence_subjects=(),
    confirmed=(),
    no_reply=(),
    failures=phrases(
        "no se puede entregar, no se ha podido entregar, mensaje no entregado, mancato recapito, "
        "non recapitabile, não entregue, não é possível entregar, "
        "メールエラー, 配信できません, 配信不能, 送信できません"
    ),
    failure_texts=(),
    failure_hints=(),
    delays=(),
    gave_up=(),
    orders=(),
    season_wishes=(),
    intimate=(),
    needs_hand=(),
    bulk_marks=(),
    requests=(),
    hours=(),
    near_days=(),
    very=(),
    agreed=(),
    praise=(),
    thanks_tails=(),
    thanked=(),
    more_than_thanks=(),
    answers=(),
    abbreviations=(),
)
