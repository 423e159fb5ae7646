"""`python -m pipeline` is `huilian`."""

from pipeline.cli import main

main()
