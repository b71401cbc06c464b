import boto3


def queue():
    return boto3.client("sqs")
