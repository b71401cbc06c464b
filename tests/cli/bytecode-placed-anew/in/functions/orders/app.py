import demo.used


def handler(event, context):
    return demo.used.VALUES
