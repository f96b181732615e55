import logging

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def lambda_handler(event, context):
    for record in event["Records"]:
        message = record["Sns"]["Message"]
        logger.info("Processed message %s", message)
