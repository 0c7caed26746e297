"""What leaves a store: lines, tables and files that are the same, byte for byte, however the store came about."""
