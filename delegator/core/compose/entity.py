"""Entities that go out (RFC 2045): leaves that are ready, multiparts whose boundaries are ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..octets import Octets, Piece, holds
from .mail import text_entity


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entity ready to go: fields, each with its CRLF, and an encoded body."""

    fields: bytes
    body: Piece


@dataclass(frozen=True, slots=True)
class Multipart:
    """content_type: with its parameters, without the boundary. fields: the others, each with its CRLF."""

    content_type: str
    fields: bytes
    children: tuple[Entity, ...]


Entity = Leaf | Multipart


def text_leaf(text: str, subtype: str = "plain") -> Leaf:
    """A text of ours."""
    fields, _, body = text_entity(text, subtype).partition(b"\r\n\r\n")
    return Leaf(fields + b"\r\n", body)


def text_alternative(plain: str, html: str, seed: str) -> bytes:
    """The same as text and as HTML (RFC 2046 section 5.1.4), its fields first. seed: as in `serialise`."""
    leaves = (text_leaf(plain), text_leaf(html, "html"))
    return serialise(Multipart("multipart/alternative", b"", leaves), seed)


def serialise(entity: Entity, seed: str) -> bytes:
    """A tree to octets, its own fields first. seed: what makes its boundaries unguessable; ASCII."""
    return Octets(laid_out(entity, seed)).whole()


def laid_out(entity: Entity, seed: str) -> tuple[Piece, ...]:
    """As `serialise`, but in pieces: what a leaf holds is not copied."""
    return tuple(_Writer(entity, seed).entity(entity))


class _Writer:
    """Writes a tree; every multipart has a boundary of its own that no leaf holds."""

    def __init__(self, entity: Entity, seed: str) -> None:
        leaves = list(_leaves(entity))
        self.seed = seed
        while any(holds(leaf, self.seed.encode("ascii")) for leaf in leaves):
            self.seed = hashlib.sha256(self.seed.encode("ascii")).hexdigest()[:32]
        self.multiparts = 0

    def entity(self, entity: Entity) -> list[Piece]:
        if isinstance(entity, Leaf):
            return [entity.fields + b"\r\n", entity.body]
        self.multiparts += 1
        # A fixed width: no boundary may begin with another (RFC 2046 section 5.1.1).
        boundary = f"{self.multiparts:03d}{self.seed}"
        delimiter = f"--{boundary}".encode("ascii")
        body: list[Piece] = []
        for child in entity.children:
            body += [delimiter + b"\r\n", *self.entity(child), b"\r\n"]
        body.append(delimiter + b"--\r\n")
        fields = f'Content-Type: {entity.content_type};\r\n boundary="{boundary}"\r\n'.encode("ascii")
        if not Octets(tuple(body)).isascii():
            fields += b"Content-Transfer-Encoding: 8bit\r\n"
        return [fields + entity.fields + b"\r\n", *body]


def _leaves(entity: Entity) -> Iterator[Piece]:
    if isinstance(entity, Leaf):
        yield entity.body
    else:
        for child in entity.children:
            yield from _leaves(child)


def raw_fields(header: bytes) -> Iterator[tuple[str, bytes]]:
    """(lower-case name, the field's octets with CRLF at the end of each line), in order."""
    field = b""
    for line in header.replace(b"\r\n", b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t") and field:
            field += line + b"\r\n"
            continue
        if field:
            yield _field_name(field), field
        field = line + b"\r\n" if line else b""
    if field:
        yield _field_name(field), field


def _field_name(field: bytes) -> str:
    return field.partition(b":")[0].decode("ascii", "replace").strip().lower()
