"""The linker for any tables: fields and their kinds in, entities out, nothing known beforehand of the data."""
