"""``python -m dlcli`` is the ``dlcli`` command."""

from dlcli.cli import main

if __name__ == "__main__":
    main()
