"""Classification by language models behind any endpoint that speaks OpenAI's protocol. Pure: no Django, no rows."""
