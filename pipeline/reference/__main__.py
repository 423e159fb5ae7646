"""`python -m pipeline.reference`."""

from pipeline.reference import main

raise SystemExit(main())
