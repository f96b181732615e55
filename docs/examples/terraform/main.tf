terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
}

resource "aws_s3_bucket" "receipts" {
  bucket        = "receipts"
  force_destroy = true
}

resource "aws_iam_role" "charge" {
  name = "charge"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } },
    ]
  })
}

resource "aws_iam_role_policy" "charge" {
  role = aws_iam_role.charge.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = aws_sqs_queue.orders.arn
      },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.receipts.arn}/*" },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.charge.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_function" "charge" {
  function_name    = "charge"
  role             = aws_iam_role.charge.arn
  runtime          = "python3.12"
  handler          = "charge.handler"
  filename         = "charge.zip"
  source_code_hash = filebase64sha256("charge.zip")
  environment {
    variables = { RECEIPTS = aws_s3_bucket.receipts.bucket }
  }
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn = aws_sqs_queue.orders.arn
  function_name    = aws_lambda_function.charge.arn
  depends_on       = [aws_iam_role_policy.charge]
}
