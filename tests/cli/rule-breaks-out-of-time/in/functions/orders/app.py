import demo


def handler(event, context):
    return {"rate": demo.rate()}
