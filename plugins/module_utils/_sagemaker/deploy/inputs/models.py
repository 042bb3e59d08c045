# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The models from the role's variables: containers in Terraform's structure become options of sagemaker_model. Pure."""

from __future__ import annotations

import json
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping

from ...core import variable_paths
from .variables import Given


class Models:
    """Options of sagemaker_model for each distinct model, in the order of first use.

    Each also has C(path), the variable that defines its containers, and C(variants) and C(components), the names of its
    users.
    """

    def __init__(self, given: Given) -> None:
        self._given = given
        self._input = given.input
        self.listed: List[Dict[str, Any]] = []
        self.places: variable_paths.Places = {}

    def add(self, containers: List[Dict[str, Any]], place: str, user: str, kind: str) -> int:
        """Return the index of the model with these containers. user: the name of the variant or component that runs it;
        kind: variants or components."""
        # Variants with the same containers share a model, whose problems are reported once.
        known = [index for index, model in enumerate(self.listed) if model["path"] == place]
        if not known:
            model = self._model(containers, place)
            known = [index for index, other in enumerate(self.listed) if _same(other, model)]
            if not known:
                known = [len(self.listed)]
                self.places.update(variable_paths.of_model(known[0], containers, place))
                self.listed.append(model)
        self.listed[known[0]][kind].append(user)
        return known[0]

    def _model(self, containers: List[Dict[str, Any]], path: str) -> Dict[str, Any]:
        listed = [self._container(container, f"{path}[{index}]") for index, container in enumerate(containers)]
        model: Dict[str, Any] = {"path": path, "variants": [], "components": []}
        if len(listed) == 1:
            model["primary_container"] = listed[0]
        else:
            model["containers"] = listed
            model["inference_execution_config"] = self._input["inference_execution_config"]
        model["vpc_config"] = self._input["vpc_config"]
        model["enable_network_isolation"] = self._input["enable_network_isolation"] or None
        return {name: value for name, value in model.items() if value is not None}

    def _container(self, given: Mapping[str, Any], path: str) -> Dict[str, Any]:
        """Return a container in the form of the API."""
        container = dict(given)
        sources = [name for name in ("image_uri", "image", "model_package_name") if name in container]
        if not sources:
            self._given.problem(path, "needs image_uri (or model_package_name)")
        elif len(sources) > 1:
            self._given.problem(path, f"{' and '.join(sources)} are mutually exclusive: keep one of them")
        if "image_uri" in container:
            container["image"] = container.pop("image_uri")
        if "model_data_source" in container:
            container["model_data_source"] = self._data_source(
                container["model_data_source"], f"{path}.model_data_source"
            )
        return container

    def _data_source(self, given: Mapping[str, Any], path: str) -> Dict[str, Any]:
        """Return model_data_source in the form of the API. Terraform omits the level s3_data_source."""
        if "s3_data_source" in given:
            if len(given) > 1:
                others = ", ".join(sorted(set(given) - {"s3_data_source"}))
                self._given.problem(path, f"write {others} inside s3_data_source, or everything without s3_data_source")
            return dict(given)
        for name in ("s3_uri", "s3_data_type"):
            if name not in given:
                self._given.problem(path, f"needs {name}")
        source = dict(given)
        uri = source.get("s3_uri", "")
        compressed = source.pop("is_compressed", uri.endswith(".tar.gz"))
        source["compression_type"] = "Gzip" if compressed else "None"
        if "accept_eula" in source:
            source["model_access_config"] = {"accept_eula": source.pop("accept_eula")}
        return {"s3_data_source": source}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two models have the same content, and so the same name."""

    def content(model: Mapping[str, Any]) -> str:
        return json.dumps(
            {key: model[key] for key in model if key not in ("path", "variants", "components")}, sort_keys=True
        )

    return content(one) == content(other)
