name_prefix   = "adopted"
endpoint_name = "adopted"
tags = {
  team = "fraud"
}
containers = [
  {
    image_uri   = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    environment = { WORKERS = 2 }
  }
]
production_variant = {
  instance_type          = "ml.m5.large"
  initial_instance_count = 2
  variant_name           = "AllTraffic"
}
