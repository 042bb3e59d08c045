# The Terraform module's own input, as it is:
#   ansible-playbook mlops.sagemaker.deploy -e tfvars_file=examples/jumpstart/terraform.tfvars
name_prefix              = "llama2"
endpoint_name            = "llamatwo"
enable_network_isolation = true

containers = [
  {
    model_package_name = "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2-7b-f-v4-71eeccf76ddf33f2a18d2e16b9c7f302"
  }
]

production_variant = {
  variant_name                                      = "AllTraffic"
  instance_type                                     = "ml.g5.2xlarge"
  initial_instance_count                            = 1
  container_startup_health_check_timeout_in_seconds = 600
}
