# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Codes of SageMaker's quotas "<instance type> for endpoint usage", which are the same in all accounts and regions.

SageMaker has thousands of quotas, and Service Quotas finds one by its code only. A code that is missing here costs calls, and so does a
wrong one, because a quota counts only if it has the name.
"""

from __future__ import annotations

from typing import Mapping

CODES: Mapping[str, str] = {
    "ml.g4dn.xlarge": "L-B67CFA0C",
    "ml.g4dn.2xlarge": "L-EA346344",
    "ml.g4dn.4xlarge": "L-31522FA6",
    "ml.g4dn.8xlarge": "L-7D28AD75",
    "ml.g4dn.12xlarge": "L-07BEB181",
    "ml.g4dn.16xlarge": "L-8679F6F3",
    "ml.g5.xlarge": "L-1928E07B",
    "ml.g5.2xlarge": "L-9614C779",
    "ml.g5.4xlarge": "L-C1B9A48D",
    "ml.g5.8xlarge": "L-065D610E",
    "ml.g5.12xlarge": "L-65C4BD00",
    "ml.g5.16xlarge": "L-962705EA",
    "ml.g5.24xlarge": "L-6821867B",
    "ml.g5.48xlarge": "L-0100B823",
    "ml.g6.xlarge": "L-D470D954",
    "ml.g6.2xlarge": "L-98BDE811",
    "ml.g6.4xlarge": "L-DFB10FDE",
    "ml.g6.12xlarge": "L-0A29AACF",
    "ml.g6e.xlarge": "L-B0729CB4",
    "ml.g6e.2xlarge": "L-F8D7F460",
    "ml.g6e.4xlarge": "L-93531071",
    "ml.g6e.8xlarge": "L-96A28D02",
    "ml.g6e.12xlarge": "L-60313EA3",
    "ml.g6e.16xlarge": "L-2930A179",
    "ml.inf2.xlarge": "L-C8AB7CDA",
    "ml.inf2.8xlarge": "L-F761337C",
    "ml.inf2.24xlarge": "L-9C39178F",
    "ml.inf2.48xlarge": "L-286C98BC",
    "ml.m5.xlarge": "L-2F737F8D",
    "ml.m5.4xlarge": "L-E2649D46",
    "ml.p4d.24xlarge": "L-09F79647",
}
