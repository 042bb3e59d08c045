# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of container images. Pure."""

from __future__ import annotations

import re

from ..core.types import Options

# <account>.dkr.ecr.<region>.<suffix>/<repository>, with the suffix of the partition. FIPS and dual-stack hosts are
# similar.
ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+(?::\d+)?/(?P<repository>[^:@]+)"
)

# Servers of language models that answer OpenAI's Chat Completions at the path to which SageMaker forwards its OpenAI-compatible route.
# AWS lists its own images of these two. Their settings in the environment begin with SM_ and the name.
OPENAI_SERVERS = ("vllm", "sglang")


def speaks_openai(container: Options) -> bool:
    """Return whether a container answers OpenAI's Chat Completions, as its image or its environment tells.

    An image of one's own may do so and not show it.
    """
    if container.get("mode") == "MultiModel":
        return False
    # <registry>/<repository>:<tag>, and the registry may have a port.
    repository = (container.get("image") or "").partition("@")[0].partition("/")[2].partition(":")[0]
    words = {*re.split(r"[^a-z0-9]+", repository.lower())}
    return any(
        server in words or any(key.startswith(f"SM_{server.upper()}_") for key in container.get("environment") or ())
        for server in OPENAI_SERVERS
    )
