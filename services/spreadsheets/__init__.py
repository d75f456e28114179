"""Excel workbooks: reading what people send, writing what they take away (ADR 0017)."""
