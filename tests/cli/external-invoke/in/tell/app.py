import shared


def handler(event, context):
    return {"name": shared.NAME, "file": shared.__file__}
