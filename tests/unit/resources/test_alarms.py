# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms are asked for by their names, as many at once as one call takes."""

from __future__ import annotations

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import alarms


def test_a_hundred_names_are_one_call(aws, stub):
    names = [f"alarm-{number:03}" for number in range(101)]
    first = {"AlarmNames": names[:100], "MaxRecords": 100}
    shown = [{"AlarmName": names[0]}, {"AlarmName": names[1]}]
    cloudwatch = stub("cloudwatch")
    cloudwatch.add_response("describe_alarms", {"MetricAlarms": shown[:1], "NextToken": "more"}, first)
    cloudwatch.add_response("describe_alarms", {"MetricAlarms": shown[1:]}, {**first, "NextToken": "more"})
    cloudwatch.add_response("describe_alarms", {}, {"AlarmNames": names[100:], "MaxRecords": 100})
    assert alarms.by_name(aws, names) == {one["AlarmName"]: one for one in shown}


def test_no_name_is_no_call(aws):
    # Asked without names, CloudWatch returns all alarms of the account.
    assert alarms.by_name(aws, []) == {}
