import clouds
import frames


def handler(event, context):
    return clouds.VALUE + frames.VALUE
