"""Write a certificate for another program: Math::Prime::Util, PARI/GP, t5k.org.

The certificate is verified first. Exit status 1 when it is refused, or when the format
has no words for its kind of proof.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from darkreach import checkpoint
from darkreach.certificates.exporting import FORMATS, export
from darkreach.commands.prove import writable
from darkreach.commands.running import finish, show
from darkreach.commands.verify import read
from darkreach.errors import CertificateError

NAME = "certificate"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a certificate as `darkreach prove` writes it")
    parser.add_argument(
        "--format", choices=sorted(FORMATS), required=True, help="for which program"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where it goes (default: stdout)"
    )


def run(arguments: argparse.Namespace) -> int:
    certificate = read(Path(arguments.file))
    path = writable(arguments.output)
    expression = str(certificate.get("expression", ""))
    item = {"expression": expression, "certificate": certificate}
    row = finish({"stage": "verify", "certificates": [item]})["results"][0]
    if not row["valid"]:
        return _refuse(f"refused: {row['reason']}")
    try:
        text = export(certificate, arguments.format)
    except CertificateError as trouble:
        return _refuse(f"{expression}: {trouble}")
    if path is not None:
        checkpoint.write_file(path, text.encode())
        text = f"{expression}: {certificate['kind']} certificate as {arguments.format}"
    answer = {
        "expression": expression,
        "kind": certificate["kind"],
        "format": arguments.format,
        "file": arguments.output,
    }
    if path is None:
        answer["text"] = text
    show(answer, arguments.json, text.rstrip("\n"))
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"darkreach: {reason}\n")
    return 1
