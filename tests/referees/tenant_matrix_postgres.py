"""tenant_matrix, with everything stored in PostgreSQL."""

import os

os.environ["REFEREE_STORAGE"] = "postgres"

import tenant_matrix  # noqa: E402, F401  pylint: disable=wrong-import-position, unused-import
