"""The command `darkreach`, also `python -m darkreach`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run it; the exit status. Loading takes a second or two, and Ctrl-C may come then
    too."""
    try:
        from darkreach import cli

        return cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("\ndarkreach: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
