# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who assumes a role of another account acts there, in every region."""

from __future__ import annotations

from local_aws.process import LocalAws

OTHER = "222233334444"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def test_two_accounts_have_models_of_the_same_name(aws: LocalAws) -> None:
    for told, account in ((aws, "123456789012"), (aws.in_account(OTHER), OTHER)):
        sagemaker, role = told.client("sagemaker"), told.make_role("exec")
        assert role == f"arn:aws:iam::{account}:role/exec"
        sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": IMAGE})
        arns = [one["ModelArn"] for one in sagemaker.list_models()["Models"]]
        assert arns == [f"arn:aws:sagemaker:us-east-1:{account}:model/m"]
        assert told.client("sts").get_caller_identity()["Account"] == account
