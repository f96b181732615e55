"""A SAM, CloudFormation or CDK template: read with marks, translated, resolved, deployed into a world."""
