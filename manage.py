#!/usr/bin/env python
"""Django's command line of the platform.

What a person can mend, a setting, a ledger that is missing or does not answer, is said
in one line; --traceback shows where it came up.
"""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "darkreach_site.settings")
    try:
        run()
    except KeyboardInterrupt:
        end("interrupted", status=130)
    except BrokenPipeError:
        # The reader went away; keep Python from complaining at its own exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def run() -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except ImproperlyConfigured as trouble:
        explain(str(trouble))
    except (OperationalError, ProgrammingError) as trouble:
        said = str(trouble)
        if "no such table" in said or "does not exist" in said:
            said += " (a ledger is made, or brought up to date, by manage.py migrate)"
        explain(f"the ledger: {said}")


def explain(message: str) -> None:
    """End with this line, unless the person wants to see where the error came up."""
    if "--traceback" in sys.argv:
        raise
    end(" ".join(message.split()), status=1)


def end(message: str, status: int) -> None:
    sys.stderr.write(f"manage.py: {message}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
