# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook test that CONTRIBUTING.md shows."""

from __future__ import annotations


def test_a_second_run_changes_nothing(aws, play):
    aws.make_role("exec")
    tasks = """
    - mlops.sagemaker.sagemaker_model:
        name: sample
        execution_role_arn: arn:aws:iam::123456789012:role/exec
        primary_container: {image: 763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0}
    """
    assert play(tasks=tasks).changed == 1
    aws.clear_calls()
    assert play(tasks=tasks).changed == 0
    assert aws.mutating() == []
