"""The crawler turns the web into stored, clean articles, and knows nobody.

One article's trip through this room: `catalogue` (which sources) → `discover` (which links) →
`spiders/news` (fetch) → `clean` (title, lead, text, date) → `store` (new, unchanged or revised).
"""
