"""The alerts tell people what they asked to be told, and know nobody.

One notice's trip through this room: `matching` (who wants it) → `outbox` (one message a recipient) →
`sender` (when) → `wording` (in which words) → `channels` (by which way).
"""
