# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps an endpoint from being updated, or from scaling out: something that its release needs is gone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..core.types import Api
from ..fleet.rows import Sighting
from ..resources import variants


@dataclass(frozen=True)
class Belongings:
    """What exists of the things that releases need. Things whose existence is not known are missing in the maps.

    models: descriptions by name, None for one that is gone; roles, artifacts: whether they exist, by ARN and URI.
    """

    models: Mapping[str, Optional[Api]] = field(default_factory=dict)
    roles: Mapping[str, bool] = field(default_factory=dict)
    artifacts: Mapping[str, bool] = field(default_factory=dict)


def model_names(seen: Sighting) -> Set[str]:
    """Return the models that the configuration and the inference components of an endpoint name."""
    specifications = [
        specification or {}
        for component in seen.components or ()
        for specification in (component.get("Specification"), *(component.get("Specifications") or ()))
    ]
    of_components = {one["ModelName"] for one in specifications if "ModelName" in one}
    return variants.models_of(seen.config or {}) | of_components


def role_arns(seen: Sighting, models: Mapping[str, Optional[Api]]) -> List[str]:
    """Return the execution roles of an endpoint."""
    described = [seen.config, *(models.get(name) for name in sorted(model_names(seen)))]
    return list(dict.fromkeys(one["ExecutionRoleArn"] for one in described if one and "ExecutionRoleArn" in one))


def role_name(arn: str, account: str) -> Optional[str]:
    """Return the name of a role in this account, None for one of another account, which cannot be looked up."""
    parts = arn.split(":", 5)
    return parts[5].rpartition("/")[2] if parts[4] == account else None


def artifact_uris(seen: Sighting, models: Mapping[str, Optional[Api]]) -> List[str]:
    """Return the artifacts in S3 of the models of an endpoint. Those that end in / are prefixes."""
    found = [uri for name in sorted(model_names(seen)) for uri in _model_artifacts(models.get(name) or {})]
    return list(dict.fromkeys(found))


def _model_artifacts(model: Api) -> Iterator[str]:
    for container in model.get("Containers") or [model.get("PrimaryContainer") or {}]:
        sources = [container.get("ModelDataSource"), *(container.get("AdditionalModelDataSources") or ())]
        uris = [container.get("ModelDataUrl"), *((one or {}).get("S3DataSource", {}).get("S3Uri") for one in sources)]
        for uri in uris:
            if uri and uri.startswith("s3://"):
                # The artifact of a multi-model container is the prefix of all models.
                yield f"{uri.rstrip('/')}/" if container.get("Mode") == "MultiModel" else uri


def split(uri: str) -> Tuple[str, str]:
    """Return bucket and key of an artifact."""
    bucket, _slash, key = uri[len("s3://") :].partition("/")
    return bucket, key


def missing(seen: Sighting, known: Belongings) -> Optional[List[str]]:
    """Return what is gone, in words. None if nothing is known to be gone and something could not be looked up."""
    if seen.endpoint is None or seen.config_exists is None:
        return None
    if not seen.config_exists:
        return [f"endpoint configuration {seen.endpoint['EndpointConfigName']} is gone"]
    names = sorted(model_names(seen))
    facts: Dict[str, Optional[bool]] = {f"model {name}": _exists(known.models, name) for name in names}
    facts.update({f"execution role {arn}": known.roles.get(arn) for arn in role_arns(seen, known.models)})
    facts.update({f"artifact {uri}": known.artifacts.get(uri) for uri in artifact_uris(seen, known.models)})
    gone = [f"{what} is gone" for what, exists in facts.items() if exists is False]
    is_complete = seen.components is not None and None not in facts.values()
    return gone if gone or is_complete else None


def _exists(models: Mapping[str, Optional[Api]], name: str) -> Optional[bool]:
    return models[name] is not None if name in models else None
