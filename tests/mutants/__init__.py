"""The mutants: small changes to the source that the tests must notice."""
