def handler(event, context):
    import demo.words
    return {"words": demo.words.COUNT}
