# The Terraform module's own input, as it is:
#   ansible-playbook mlops.sagemaker.deploy -e tfvars_file=examples/huggingface/terraform.tfvars
name_prefix   = "mistral"
endpoint_name = "mistralendpoint"

containers = [
  {
    image_uri = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.4.0-tgi2.4.0-gpu-py311-cu124-ubuntu22.04"
    environment = {
      HF_MODEL_ID      = "mistralai/Mistral-7B-Instruct-v0.1"
      SM_NUM_GPUS      = 1
      MAX_INPUT_LENGTH = 2048
      MAX_TOTAL_TOKENS = 4096
      HF_API_TOKEN     = "<YOUR_HUGGING_FACE_TOKEN>"
    }
  }
]

production_variant = {
  variant_name           = "AllTraffic"
  instance_type          = "ml.g5.2xlarge"
  initial_instance_count = 1
}
