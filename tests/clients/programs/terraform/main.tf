terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "greeting" {
  type    = string
  default = "hello"
}

provider "aws" {
  default_tags {
    tags = { Project = "shout" }
  }
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

locals {
  queue_arn = "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:shout"
}

# --- bucket → topic → queue

resource "aws_s3_bucket" "said" {
  bucket_prefix = "said-"
  force_destroy = true
}

resource "aws_s3_bucket" "shouted" {
  bucket_prefix = "shouted-"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "all" {
  for_each                = { said = aws_s3_bucket.said.id, shouted = aws_s3_bucket.shouted.id }
  bucket                  = each.value
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_sns_topic" "said" {
  name              = "said"
  signature_version = 1
}

data "aws_iam_policy_document" "topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.said.arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.said.arn]
    }
  }
}

resource "aws_sns_topic_policy" "said" {
  arn    = aws_sns_topic.said.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_s3_bucket_notification" "said" {
  bucket = aws_s3_bucket.said.id
  topic {
    topic_arn     = aws_sns_topic.said.arn
    events        = ["s3:ObjectCreated:*"]
    filter_suffix = ".txt"
  }
  depends_on = [aws_sns_topic_policy.said]
}

data "aws_iam_policy_document" "queue" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [local.queue_arn]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.said.arn]
    }
  }
}

resource "aws_sqs_queue" "dead" {
  name = "shout-dead"
}

resource "aws_sqs_queue" "shout" {
  name                       = "shout"
  visibility_timeout_seconds = 3
  policy                     = data.aws_iam_policy_document.queue.json
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 1 })
}

resource "aws_sns_topic_subscription" "shout" {
  topic_arn = aws_sns_topic.said.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.shout.arn
}

# --- queue → function

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = "shout"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
}

resource "aws_cloudwatch_log_group" "shout" {
  name              = "/aws/lambda/shout"
  retention_in_days = 14
}

resource "aws_lambda_function" "shout" {
  function_name    = "shout"
  role             = aws_iam_role.function.arn
  runtime          = "python3.12"
  handler          = "app.handler"
  filename         = "app.zip"
  source_code_hash = filebase64sha256("app.zip")
  timeout          = 3
  environment {
    variables = { SHOUTED = aws_s3_bucket.shouted.id }
  }
  depends_on = [aws_iam_role_policy_attachment.logs, aws_cloudwatch_log_group.shout]
}

resource "aws_lambda_event_source_mapping" "shout" {
  event_source_arn        = aws_sqs_queue.shout.arn
  function_name           = aws_lambda_function.shout.arn
  function_response_types = ["ReportBatchItemFailures"]
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  alarm_name          = "shout-dead"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
}

# --- HTTP → function

resource "aws_lambda_function" "answer" {
  function_name    = "answer"
  role             = aws_iam_role.function.arn
  runtime          = "python3.12"
  handler          = "app.answer"
  filename         = "app.zip"
  source_code_hash = filebase64sha256("app.zip")
  environment {
    variables = { GREETING = var.greeting }
  }
}

resource "aws_apigatewayv2_api" "answer" {
  name          = "answer"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "answer" {
  api_id                 = aws_apigatewayv2_api.answer.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.answer.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "answer" {
  api_id    = aws_apigatewayv2_api.answer.id
  route_key = "GET /hello/{name}"
  target    = "integrations/${aws_apigatewayv2_integration.answer.id}"
}

resource "aws_apigatewayv2_stage" "answer" {
  api_id      = aws_apigatewayv2_api.answer.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_lambda_permission" "answer" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.answer.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.answer.execution_arn}/*/*"
}

output "said" {
  value = aws_s3_bucket.said.id
}

output "shouted" {
  value = aws_s3_bucket.shouted.id
}

output "dead" {
  value = aws_sqs_queue.dead.url
}

output "api" {
  value = aws_apigatewayv2_api.answer.api_endpoint
}
