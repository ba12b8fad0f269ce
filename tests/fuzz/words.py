"""What mail is made of: pieces that a mutation would hardly ever hit upon by itself."""

from __future__ import annotations

from pathlib import Path

PIECES = (
    b"\r\n", b"\n", b"\r", b"\r\n ", b"\r\n \r\n ", b"\r\n\t\r\n", b"\r\n\r\n", b"\0", b"\x0b", b"\x7f",
    b"\xff", b"\xc3\xbc", b"\xed\xa0\x80", b"\xe2\x80\xae", b'"', b";", b":", b",", b"<", b">", b"(", b"\\",
    b"--b", b"--b--", b"=3D", b"=\r\n", b"=?utf-8?Q?=0D=0ABcc:_x@evil.example?=", b"=?utf-8?B?4oCu?=",
    b"=?iso-2022-jp?B?GyRC?=", b"=?utf-7?Q?+AAo-?=",
    b"\r\nFrom: ", b"\r\nTo: ", b"\r\nBcc: x@evil.example\r\n", b"\r\nReply-To: x@evil.example, <\r\n",
    b"\r\nResent-To: x@evil.example\r\n", b"\r\nDisposition-Notification-To: x@evil.example\r\n",
    b"\r\nSubject: ", b"\r\nReferences: <", b"\r\nIn-Reply-To: <", b"\r\nMessage-ID: <",
    b"\r\nContent-Type: text/html\r\n", b"\r\nContent-Type: text/calendar; method=REQUEST\r\n",
    b'\r\nContent-Type: multipart/mixed; boundary="b"\r\n', b"\r\nContent-Type: message/rfc822\r\n",
    b'\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n',
    b'\r\nContent-Type: multipart/signed; boundary="b"\r\n', b"\r\nContent-Type: message/delivery-status\r\n",
    b"\r\nContent-Type: application/pkcs7-mime\r\n", b"\r\nContent-Type: message/partial\r\n",
    b"\r\nContent-Transfer-Encoding: base64\r\n", b"\r\nContent-Transfer-Encoding: quoted-printable\r\n",
    b"\r\nContent-Transfer-Encoding: x-uuencode\r\n", b"\r\nContent-Description:\r\n \r\n x\r\n",
    b'\r\nContent-Disposition: attachment; filename="a\r\n \r\nb"\r\n', b"; filename*0*=utf-8''%0D%0A",
    b"; charset=utf-16", b"; charset=utf-7", b"; charset=iso-2022-kr", b"; format=flowed; delsp=yes",
    b"\r\nAuthentication-Results: mx.voorbeeld.example; spf=pass smtp.mailfrom=", b"\r\nX-Loop-Check: ",
    b"\r\nAuto-Submitted: auto-replied\r\n", b"\r\nReturn-Path: <>\r\n", b"\r\nList-Id: <",
    b"Final-Recipient: rfc822; anna@voorbeeld.example\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"BEGIN:VTIMEZONE\r\nTZID:x\r\n", b"DTSTART;TZID=x:20261224T",
    b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n", b"DURATION:P9999999D", b"begin 644 a\r\n", b"`\r\nend\r\n",
    b"-----BEGIN PGP MESSAGE-----\r\n", b"<div>", b"<!--", b"<style>", b"<script>", b"&#0;", b"&#xD800;",
    b"x@familie.example", b"sofie@voorbeeld.example", b"anna@voorbeeld.example", b"xn--", b"bestelling",
    b"\n> ", b"\nOp di 17 nov 2026 schreef ", b"\n-- \n", b"dlg f ", b"f 1", b"ok", b"k rest", b"niet van ",
    b"24/12", b" tot ", b" >> ", b" // ", b"later", b"niet ik", b"anna", b"2-99999", b"<br/>",
)  # fmt: skip


def write_words(path: Path) -> None:
    """As libFuzzer reads its dictionary."""
    lines = ('"' + "".join(f"\\x{octet:02x}" for octet in piece) + '"' for piece in PIECES)
    path.write_text("\n".join(lines) + "\n")
