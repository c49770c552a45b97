// Keys, and what is loaded anew. The page works without it.
