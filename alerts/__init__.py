"""The alerts tell people what they asked to be told, and know nobody.

One notice's trip through this room: `matching` (who wants it) and `timing` (when) → `outbox` (one message a recipient)
→ `sender` (takes it off the `shelf`) → `wording` (in which words; `story`, `parties`, `phrases` prepare them) →
`channels` (by which way; email by `mail`). `recipients` names people without their secrets.
"""
