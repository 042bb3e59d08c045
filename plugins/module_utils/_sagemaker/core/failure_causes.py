# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Causes of failures, recognised from a FailureReason and the last log lines of a container, with their remedies.
Pure."""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Mapping
from typing import NamedTuple
from typing import Tuple


class Cause(NamedTuple):
    """A kind of failure.

    name: the class, which several rows may share; reason, lines: regular expressions for its FailureReasons and log
    lines, '' for none; remedy: what to do, with the names of the role's variables, and the modules' options if they
    differ; logged: whether a container ran and may have written more.
    """

    name: str
    remedy: str
    reason: str = ""
    lines: str = ""
    logged: bool = True

    @property
    def details(self) -> Dict[str, str]:
        """Return the keys of a failed result."""
        return {"cause": self.name, "remedy": self.remedy}


UNKNOWN = Cause("unknown", "Read the container logs.")

# Nothing has failed, but a run has waited as long as it may.
WAITING = Cause(
    "timeout",
    "Run the task again to keep waiting. If it often takes longer, raise wait_timeout (the role: sagemaker_endpoint_wait_timeout).",
)

NO_ANSWER = Cause(
    "timeout",
    "Run the task again. If the model needs longer to load or to answer, raise wait_timeout (the role: wait_timeout in "
    "sagemaker_endpoint_smoke_test).",
)

# The service either refuses a call for these causes, or fails later.
NO_ROOM = Cause(
    "capacity",
    "The instances of the variant have no room for another copy. Lower min_memory_required_in_mb (much less than the instance's "
    "memory can be used), number_of_accelerator_devices_required or copy_count, or give the variant more or larger instances "
    "(initial_instance_count, or max_instance_count of managed_instance_scaling).",
    reason=r"not enough hardware resources on the instances",
    logged=False,
)
IMAGE_MANIFEST = Cause(
    "image_manifest",
    "SageMaker accepts only images whose manifest has Docker's media type. Build and push the image of image_uri (modules: image) "
    "again with docker buildx build --provenance=false --output type=image,oci-mediatypes=false,push=true.",
    reason=r"Unsupported manifest media type",
    logged=False,
)

THROTTLING = Cause(
    "throttling",
    "AWS limits the rate of API calls of an account. Run the task again later, deploy fewer endpoints at a time, or ask AWS Support "
    "for a higher rate.",
    reason=r"Throttl|Rate exceeded|TooManyRequests|RequestLimitExceeded",
    logged=False,
)

# The service refuses a call of the caller, who is not the execution role.
CALLER = Cause(
    "caller_permissions",
    "Allow the caller this action on this resource. The output operator_policy of the role, in check mode too, is a policy with all "
    "that a deploy calls.",
    logged=False,
)

# Nobody calls, because botocore finds no credentials.
CREDENTIALS = Cause(
    "credentials_missing",
    "Give profile, or access_key and secret_key, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; with a profile of "
    "IAM Identity Center run aws sso login first, and on an instance of AWS give it a role.",
    logged=False,
)

# Reasons that are conclusive, regardless of the container's log.
_DECISIVE = (
    NO_ROOM,
    IMAGE_MANIFEST,
    Cause(
        "image_size",
        "The image is larger than a serverless endpoint can take. Build a smaller image for image_uri (modules: image), or use an "
        "instance_type instead of serverless_config.",
        reason=r"Image size \d+ is greater than supported size",
        logged=False,
    ),
    THROTTLING,
    Cause(
        "alarm",
        "A rollback alarm fired. Check its metric, and fix the release or the alarm (auto_rollback_configuration in "
        "deployment_config) before you deploy again.",
        reason=r"\balarms?\b|\balarm\(s\)",
    ),
    Cause(
        "quota",
        "Request a higher quota for this instance type in Service Quotas, or use another instance_type or a lower "
        "initial_instance_count. An update needs the quota for the old and the new instances, unless deployment_config has a "
        "rolling_update_policy.",
        reason=r"service limit|quota|ResourceLimitExceeded",
        logged=False,
    ),
    Cause(
        "capacity",
        "AWS has no capacity for this instance type at the moment. Deploy again later, use another instance_type, list several in "
        "instance_pools, or use another region.",
        reason=r"capacity|InsufficientInstance|Unable to provision|temporarily unavailable in supported availability zones",
        logged=False,
    ),
    Cause(
        "marketplace",
        "Subscribe to the product in AWS Marketplace with this account, then deploy model_package_name again.",
        reason=r"marketplace",
        logged=False,
    ),
    Cause(
        "image_not_found",
        "The image does not exist in the registry. Check repository, tag, account and region of image_uri (modules: image).",
        reason=r"Requested image \S+ not found|manifest unknown|ECR image \S+ does not exist|repository .* does not exist",
        logged=False,
    ),
    Cause(
        "kms",
        "Check that the key of kms_key_arn (modules: kms_key_id) and the key that encrypts the model data exist, are enabled, and "
        "that their policies allow the execution role (sg_role_arn; modules: execution_role_arn).",
        reason=r"\bKMS|kms:|ciphertext refers to",
        lines=r"kms:\w+|\bKMS\w*Exception|ciphertext refers to",
    ),
    Cause(
        "vpc_route",
        "The subnets of vpc_config have no route to the service. Add VPC endpoints for S3, ECR and CloudWatch Logs to their route "
        "tables or a NAT gateway, and let the security groups and network ACLs send HTTPS out.",
        reason=r"S3 VPC endpoint|route table|\bNAT (gateway|device)|reachable from within the subnets",
        lines=r"(Connect timeout on|Could not connect to the) endpoint URL: \"https://[^\"]*amazonaws",
    ),
    Cause(
        "artifact_too_large",
        "The model data does not fit on the volume. Set a larger volume_size_in_gb, or an instance_type with a larger local disk. "
        "Model data without compression needs less space (is_compressed: false; modules: compression_type: None).",
        reason=r"model data.* too large",
    ),
    Cause(
        "artifact_archive",
        "The object of model_data_url must be a tar.gz archive without symbolic links. Pack it again with tar czf, or give the files "
        "uncompressed in model_data_source with is_compressed: false (modules: compression_type: None).",
        reason=r"extract model data archive|valid tar\.gz archive",
        lines=r"not in gzip format|[Nn]ot a gzipped file|tarfile\.ReadError",
    ),
    Cause(
        "download_timeout",
        "The download of the model data took too long. Raise model_data_download_timeout_in_seconds (at most 3600), or give the "
        "files uncompressed in model_data_source.",
        reason=r"(model data|download).*(timed? ?out|timeout)",
    ),
    Cause(
        "artifact_access",
        "Check that the object of model_data_url or model_data_source exists in the endpoint's region, and that the execution role "
        "(sg_role_arn; modules: execution_role_arn) may read it (s3:GetObject, for a prefix also s3:ListBucket).",
        reason=r"model data|model artifact|s3:GetObject|download.*(model|s3)",
        lines=r"s3:(GetObject|ListBucket)|\((403|404|AccessDenied|NoSuchKey|NoSuchBucket)\) when calling the (Get|Head|List)Object",
    ),
    Cause(
        "image_access",
        "Check that the image of image_uri (modules: image) exists in this region, that the execution role (sg_role_arn; modules: "
        "execution_role_arn) may pull it, and that the repository's policy allows the role if it is in another account.",
        reason=r"\becr:|BatchGetImage|cannot pull|pull permission|\bimages? .*\bexist",
        logged=False,
    ),
    Cause(
        "role",
        "Check that the execution role (sg_role_arn; modules: execution_role_arn) exists, trusts sagemaker.amazonaws.com and has the "
        "permissions named in the reason.",
        reason=r"execution role|RoleArn|pass ?role|assume (the )?role|sts:AssumeRole|not authorized to perform",
        logged=False,
    ),
    Cause(
        "vpc",
        "Check that subnets and security_group_ids of vpc_config exist in one VPC, that the subnets are in availability zones that have "
        "the instance type, and that they have free addresses for the instances, twice as many during an update.",
        reason=r"\bVPC\b|subnet|security group|network interface|IP address|free IPv?4? ?addresses",
        logged=False,
    ),
)

# Log lines of containers, specific causes before their consequences. TorchServe's complaint about nvgpu is harmless.
_CONTAINER = (
    Cause(
        "image_architecture",
        "The image is built for another processor architecture than the instances have. Build it for the instance_type: docker build "
        "--platform linux/amd64, or linux/arm64 for Graviton (c6g, c7g, m6g, r6g and the like).",
        lines=r"exec format error",
    ),
    Cause(
        "entry_point",
        "SageMaker runs the image with the argument serve, which the image does not support. Add an executable serve to its PATH or an "
        "entry point that ignores the argument, and push it for image_uri (modules: image).",
        reason=r"executable \"?serve\"? was not found",
        lines=r"exec: \"[^\"]+\":|exec /\S+: no such file|\bserve: (command )?not found|(unexpected argument|unrecognized arguments:) '?serve\b",
    ),
    Cause(
        "training_image",
        "The image is made for training and has no web server. Use its framework's inference image for image_uri (modules: image).",
        lines=r"No such file or directory: 'nginx'",
    ),
    Cause(
        "remote_code",
        "The model contains custom code. If you trust it, allow it in environment: HF_MODEL_TRUST_REMOTE_CODE (TGI), "
        "OPTION_TRUST_REMOTE_CODE (DJL, LMI) or SM_VLLM_TRUST_REMOTE_CODE (vLLM): true.",
        lines=r"set the option .trust_remote_code|trust_remote_code=True. to (allow|remove)|contains custom code which must be executed",
    ),
    Cause(
        "hub_model",
        "The model does not exist on Hugging Face. Check the model's name in environment (HF_MODEL_ID); if it is private, also give a "
        "token (HF_TOKEN).",
        lines=r"RepositoryNotFoundError|Repository Not Found for url|(^|\s)[^\s/]\S* is not a local folder|HFValidationError"
        r"|RevisionNotFoundError",
    ),
    Cause(
        "hub_token",
        "Hugging Face gives the model only to accounts that have accepted its terms. Accept them, and give the account's token in "
        "environment (HF_TOKEN, for older images HUGGING_FACE_HUB_TOKEN). Keep the token in a vault.",
        lines=r"GatedRepoError|gated repo\b|\bis gated\b|not in the authorized list|40[13] Client Error.*(huggingface|hf)\.co",
    ),
    Cause(
        "hub_unreachable",
        "The container cannot reach Hugging Face. Set enable_network_isolation: false and give the subnets of vpc_config a NAT "
        "gateway, or put the model into S3 and name it in model_data_source.",
        lines=r"couldn't connect to 'https://huggingface|host='[\w.-]*(huggingface|hf)\.co'.*(retries|timed out|resolve|Connection)"
        r"|LocalEntryNotFoundError|OfflineModeIsEnabled",
    ),
    Cause(
        "model_architecture",
        "The image's software does not support this kind of model. Use a newer image_uri (modules: image), or another server that "
        "supports the model.",
        lines=r"[Mm]odel architectures? .*\bnot supported|does not recognize this architecture|Unrecognized (model in|configuration class)"
        r"|Unsupported model type|AssertionError: \[\d+, \d+\] != \[\d+, \d+\]",
    ),
    Cause(
        "tensor_parallel",
        "The model cannot be split over that number of GPUs. Choose one that divides its attention heads and that the instance_type "
        "has, in environment: SM_NUM_GPUS (TGI), TENSOR_PARALLEL_DEGREE (DJL, LMI) or SM_VLLM_TENSOR_PARALLEL_SIZE (vLLM).",
        lines=r"divisible by (the )?(tensor parallel|world.?size|num_shard|tp_size)|sharded is not supported|not compatible with sharding"
        r"|number of required GPUs exceeds|sharded. is true but only found|[Ww]orld size .* (is larger|is greater|exceeds)",
    ),
    Cause(
        "context_length",
        "The context is too large for the model or the GPU's memory. Lower it in environment: MAX_INPUT_LENGTH < MAX_TOTAL_TOKENS <= "
        "MAX_BATCH_PREFILL_TOKENS (TGI), OPTION_MAX_MODEL_LEN (DJL, LMI) or SM_VLLM_MAX_MODEL_LEN (vLLM), or use an instance_type "
        "with more GPU memory.",
        lines=r"max seq len .*\b(larger|greater) than|max_model_len.*\b(larger|greater) than|Not enough memory to handle \d+"
        r"|`?max_(input|total|batch)_\w+`?( \(\d+\))? must be|KV cache is needed",
    ),
    Cause(
        "gpu_memory",
        "The model does not fit into the GPU's memory. Use an instance_type with more or larger GPUs, split the model over them, or "
        "quantize it or lower batch size and context in environment.",
        lines=r"CUDA out of memory|(?<!lang\.)OutOfMemoryError|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY|ALLOC_FAILED"
        r"|No available memory for the cache blocks|less than desired GPU memory utilization|OOM when allocating tensor.*GPU"
        r"|increase --mem-fraction-static",
    ),
    Cause(
        "shared_memory",
        "The GPU processes lack shared memory. Set NCCL_SHM_DISABLE: 1 in environment, or use an instance_type "
        "with one GPU that holds the model.",
        lines=r"shared memory segment|/dev/shm",
    ),
    Cause(
        "disk_full",
        "The disk is full. Set a larger volume_size_in_gb or an instance_type with a larger local disk, and move downloads and caches "
        "to /tmp (HF_HOME and the like in environment).",
        lines=r"No space left on device|StorageFull|Disk quota exceeded",
    ),
    Cause(
        "neuron_device",
        "The image needs AWS Inferentia or Trainium. Use an instance_type of those families (inf2, trn1), or an image_uri (modules: "
        "image) for the instances.",
        lines=r"[Nn]o neuron devices?|Neuron Runtime could not be initialized|nrt_init.*(fail|[Uu]nable)",
    ),
    Cause(
        "cuda_driver",
        "The image's CUDA is newer than the driver of the instances. Use a newer inference_ami_version, an image_uri (modules: image) "
        "with an older CUDA, or an instance_type of a newer family.",
        lines=r"unsatisfied condition: (cuda|driver)|driver on your system is too old|driver version is insufficient"
        r"|built for NVIDIA Driver Release|compatibility mode is UNAVAILABLE|forward compatibility was attempted",
    ),
    Cause(
        "gpu_missing",
        "The image needs a GPU and the instances have none that it can use. Use an instance_type with a GPU (ml.g5, ml.g6 and the "
        "like), or an image_uri (modules: image) for CPUs.",
        lines=r"Found no NVIDIA driver|No CUDA GPUs are available|libcuda\.so\.1: cannot open|no CUDA-capable device"
        r"|Torch not compiled with CUDA|nvidia-smi: (command )?not found|\b0 active drivers|Failed to infer device type",
    ),
    Cause(
        "gpu_generation",
        "The GPU is too old, or too new, for this image. Use an instance_type of another family (ml.g5 or newer for bfloat16 and "
        "FlashAttention), an image_uri (modules: image) that supports it, or float16 (dtype) in environment.",
        lines=r"only supported on GPUs with compute capability|GPUs with compute capability below|only supports Ampere"
        r"|no kernel image is available",
    ),
    Cause(
        "server_timeout",
        "A worker of the model server took longer to load than the server allows. Raise its timeout in environment "
        "(SAGEMAKER_MODEL_SERVER_TIMEOUT, GUNICORN_CMD_ARGS: --timeout 600), or use a larger instance_type.",
        lines=r"WORKER TIMEOUT",
    ),
    Cause(
        "host_memory",
        "The container ran out of memory. Use an instance_type with more memory (serverless: memory_size_in_mb, components: "
        "min_memory_required_in_mb), or fewer workers in environment (SAGEMAKER_MODEL_SERVER_WORKERS: 1).",
        lines=r"was sent SIGKILL|(terminated|signaled|killed)\b.* signal 9\b|[Cc]an(no|')t allocate memory|\bMemoryError\b|(^|\d )Killed\b"
        r"|java\.lang\.OutOfMemoryError|exit(ed with)? (code|status):? -?(137|9)\b",
    ),
    Cause(
        "artifact_damaged",
        "A file of the model is damaged or only a pointer of Git LFS. Download the files again with git lfs pull or the Hugging Face "
        "client, upload them, and set another release_marker to deploy the same model_data_url again.",
        lines=r"while deserializing header|invalid load key|pickle data was truncated|PytorchStreamReader failed",
    ),
    Cause(
        "artifact_version",
        "The model was saved with other versions of Python, its framework or its code. Use the image_uri (modules: image) "
        "with the versions that the training used, or save the model again with those of the image.",
        lines=r"in loading state_dict|Can't get attribute '|unsupported pickle protocol|code\(\) (takes|argument)"
        r"|size changed, may indicate binary incompatibility|has an incompatible dtype|No module named 'numpy\._core"
        r"|'(RecursiveScriptModule|\w+(Classifier|Regressor|Booster))' object has no attribute|Model \S+ cannot be loaded",
    ),
    Cause(
        "inference_code",
        "The container does not find the inference code. Put it into code/inference.py of the archive of model_data_url, or name it in "
        "environment (SAGEMAKER_PROGRAM, SAGEMAKER_SUBMIT_DIRECTORY).",
        lines=r"provide a \w+_fn implementation|No such file or directory: '?[^']*\binference\.py|No module named '?inference'?\s*$",
    ),
    Cause(
        "model_task",
        "The Hugging Face image cannot determine the task of the model. Set HF_TASK in environment, or put code/inference.py into the "
        "archive of model_data_url.",
        lines=r"as env '?(HF_)?TASK",
    ),
    Cause(
        "python_package",
        "A Python package is missing or cannot be installed. Name it in code/requirements.txt of the archive of model_data_url with a "
        "version for the image's Python, or use an image_uri (modules: image) that contains it. With enable_network_isolation packages "
        "cannot be installed.",
        lines=r"(ModuleNotFoundError|ImportError): (No module named (?!'nvgpu')|cannot import name)|No matching distribution found"
        r"|that satisfies the requirement|requirements\.txt.*non-zero exit status",
    ),
    Cause(
        "system_library",
        "A library of the operating system is missing. Build an image_uri (modules: image) on this one that installs it. For "
        "OpenCV, the package opencv-python-headless needs no such library.",
        lines=r"(ImportError|OSError|loading shared librar(y|ies)): .*cannot open shared object file|GLIBC(XX)?_[\d.]+' not found",
    ),
    Cause(
        "read_only_files",
        "The container wrote to a read-only path: /opt/ml/model is read-only, and serverless containers do not run as root. Move caches and "
        "downloads to /tmp in environment (HF_HOME and the like), or change the owner of the files in the image.",
        lines=r"Read-only file system|Permission denied",
    ),
    Cause(
        "artifact_file",
        "The model data lacks a file that the container needs. Pack the files at the top level of the archive of model_data_url "
        "(tar czf model.tar.gz -C folder .), with the names and layout that the image expects.",
        lines=r"No such file or directory: '?(/opt/ml/model|/\.sagemaker/|/home/model-server/)"
        r"|No such file or directory: '[^']*\.(pth?|bin|pkl|pickle|joblib|h5|json|onnx|safetensors|model|pb|keras|ckpt)'"
        r"|does not appear to have (a file|files) named|[Cc]an't load (the )?(tokenizer|config|model|feature extractor) "
        r"|no file named \S+.* found|no SavedModel bundles found|No versions of servable|unable to find '/|[Nn]o model version",
    ),
    Cause(
        "server_arguments",
        "The model server does not accept its arguments. Correct the variables in environment. Images turn them into arguments, and "
        "each version of the server supports different ones.",
        lines=r"error: (unrecognized arguments|unexpected argument|argument |invalid value|a value is required|the following "
        r"(required )?arguments)",
    ),
    Cause(
        "ping_contract",
        "The container must listen on port 8080 of all addresses and answer GET /ping with status 200. Correct its server, or use an "
        "image_uri (modules: image) made for SageMaker.",
        lines=r"GET /ping\b.{0,20} 4\d\d\b|[Rr]unning on https?://[\w.]+:(?!8080\b)\d+",
    ),
    Cause(
        "worker_died",
        "A worker of the model server ended while it loaded the model. Read the preceding lines. If they show no reason, try an "
        "instance_type with more memory, and a finer log level in environment (SAGEMAKER_CONTAINER_LOG_LEVEL: 10).",
        lines=r"Worker died|worker process died|Worker failed to boot|gunicorn\.sock failed|[Ss]hard \d+ failed to start"
        r"|ShardCannotStart|Failed to start worker|Engine ?[Cc]ore (failed to start|initialization failed)|Could not start backend"
        r"|failed to load all models",
    ),
)

# Reasons that name a symptom, not its cause.
_SYMPTOMS = (
    Cause(
        "container_start",
        "The container ended before it served. Run its image with the command serve, and check entry point and architecture of "
        "image_uri (modules: image).",
        reason=r"CannotStartContainer|container.* starts correctly",
    ),
    Cause(
        "health_check",
        "This is usually only a symptom, and the container's log has the cause: the container did not answer GET /ping in time. If the log "
        "has no error, raise "
        "container_startup_health_check_timeout_in_seconds or use a larger instance_type.",
        reason=r"health check",
    ),
    Cause(
        "internal_error",
        "AWS reports an internal error. Deploy again. If it fails again, contact AWS Support with the endpoint's ARN and the "
        "time. AWS also reports a container that ends at once in this way.",
        reason=r"Request to service failed|\binternal (server |service )?(error|failure)|Internal(Server|Service)?(Error|Failure)",
    ),
    Cause(
        "timeout",
        "The operation took too long. Raise container_startup_health_check_timeout_in_seconds, model_data_download_timeout_in_seconds or "
        "maximum_execution_timeout_in_seconds of deployment_config, or find the slow step in the container logs.",
        reason=r"timed? ?out|timeout",
    ),
)

# The first match counts.
CAUSES: Tuple[Cause, ...] = (*_DECISIVE, *_CONTAINER, *_SYMPTOMS)


def diagnose(reason: str, lines: Iterable[str] = ()) -> Cause:
    """Return the cause of a FailureReason and the last log lines of the containers, UNKNOWN if none matches."""
    log = "\n".join(lines)
    for cause in CAUSES:
        if _matches(cause.reason, reason) or _matches(cause.lines, log, re.MULTILINE):
            return cause
    return UNKNOWN


def is_telling(line: str) -> bool:
    """Return whether a line of a container's log tells a cause."""
    return any(_matches(cause.lines, line, re.MULTILINE) for cause in CAUSES)


def _matches(pattern: str, text: str, flags: int = re.IGNORECASE) -> bool:
    """Match case-sensitively in logs, because words such as Killed are significant only in that case."""
    return bool(pattern and text) and re.search(pattern, text, flags) is not None


def pointer(cause: Cause, group: str) -> str:
    """Return the end of a message that names the log group, '' if no container has run."""
    return f" Container logs: CloudWatch log group {group}." if cause.logged else ""


def format_reason(description: Mapping[str, Any]) -> str:
    """Return the FailureReason of a description as a sentence."""
    reason = (description.get("FailureReason") or "").rstrip()
    if not reason:
        return "SageMaker reported no reason."
    return f"Reason: {reason}" if reason.endswith((".", "!", "?")) else f"Reason: {reason}."


def log_group(endpoint_name: str) -> str:
    """Return the CloudWatch log group of the containers of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint_name}"


def component_log_group(name: str) -> str:
    """Return the CloudWatch log group of the containers of an inference component."""
    return f"/aws/sagemaker/InferenceComponents/{name}"
