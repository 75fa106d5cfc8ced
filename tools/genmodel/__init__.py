"""Generators of the committed tables; tools/gen_model.py is the command."""
