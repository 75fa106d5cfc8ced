"""Corrections to moto (see motofix.py): subscriptions that wait for somebody's confirmation."""
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

from motofix import replaces

ASKED_FIRST = ("email", "email-json", "http", "https")


def is_pending(s: Subscription) -> bool:
    return str(s.attributes.get("PendingConfirmation")).lower() == "true"


@replaces(SNSBackend, "subscribe")
def subscribe(original: Any, self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
    known = set(self.subscriptions)
    made: Subscription = original(self, topic_arn, endpoint, protocol)
    if made.arn not in known and protocol in ASKED_FIRST:
        made.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    return made


@replaces(SNSResponse, "subscribe")
def answer_subscribe(original: Any, self: SNSResponse) -> ActionResult:
    """The ARN of one that is not confirmed is told to those who ask for it."""
    answer: ActionResult = original(self)
    made = self.backend.subscriptions[answer.result["SubscriptionArn"]]
    if is_pending(made) and not self._get_bool_param("ReturnSubscriptionArn"):
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return answer


@replaces(SNSResponse, "unsubscribe")
def unsubscribe(original: Any, self: SNSResponse) -> Any:
    arn = self._get_param("SubscriptionArn")
    if not arn.startswith("arn:"):
        raise SNSInvalidParameter("Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1")
    found = self.backend.subscriptions.get(arn)
    if found and is_pending(found):
        raise SNSInvalidParameter("Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
    return original(self)


@replaces(SNSResponse, "confirm_subscription")
def confirm_subscription(original: Any, self: SNSResponse) -> ActionResult:
    """The token is what the ARN ends with."""
    arn = f"{self._get_param('TopicArn')}:{self._get_param('Token')}"
    if arn not in self.backend.subscriptions:
        raise SNSInvalidParameter("Invalid parameter: Token")
    self.backend.subscriptions[arn].attributes |= {"PendingConfirmation": False, "ConfirmationWasAuthenticated": True}
    return ActionResult({"SubscriptionArn": arn})


def listed(answer: ActionResult) -> ActionResult:
    shown = [{"SubscriptionArn": "PendingConfirmation" if is_pending(s) else s.arn, "Owner": s.owner, "Protocol": s.protocol, "Endpoint": s.endpoint, "TopicArn": s.topic.arn}
             for s in answer.result["Subscriptions"]]
    return ActionResult(answer.result | {"Subscriptions": shown})


@replaces(SNSResponse, "list_subscriptions_by_topic")
def list_by_topic(original: Any, self: SNSResponse) -> ActionResult:
    return listed(original(self))


@replaces(SNSResponse, "list_subscriptions")
def list_all(original: Any, self: SNSResponse) -> ActionResult:
    return listed(original(self))
