"""CloudWatch Logs Insights: queries over the events of log groups, in AWS's own query language."""
