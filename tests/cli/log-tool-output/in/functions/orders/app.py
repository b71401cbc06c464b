def handler(event, context):
    print("said by the handler")
    return {"ok": True}
