import demo


def handler(event, context):
    if event.get("later"):
        from demo import later
    return 1
