"""What do calls of models need? In Bedrock the action that invokes one, on it; AWS's own elsewhere are no resources.

A model is named by its id, by an ARN, or by an inference profile, whose id begins with where it leads: `us.`. The
models behind a profile need the same, in regions that only AWS knows.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Need, Needs, Place, anywhere, like, member, on, text_in, together

_PROFILE: Final = re.compile(r"(us|us-gov|eu|apac|jp|au|ca|global)\..+")
_WHOLE: Final = ("Converse", "InvokeModel")
_STREAMED: Final = ("ConverseStream", "InvokeModelWithBidirectionalStream", "InvokeModelWithResponseStream")


def _model(given: Mapping[str, Any], place: Place) -> str:
    model = text_in(given, "modelId")
    if model.startswith("arn:"):
        return model
    if _PROFILE.fullmatch(model):
        return place.arn("bedrock", f"inference-profile/{model}")
    return Place(place.region, "", place.sources).arn("bedrock", f"foundation-model/{model}")


def _guardrail(identifier: str, place: Place) -> str:
    return identifier if identifier.startswith("arn:") else place.arn("bedrock", f"guardrail/{identifier}")


def _guarded(given: Mapping[str, Any], place: Place) -> list[Need]:
    """Return what it needs that a guardrail stands beside a model."""
    configured = member(given, "guardrailConfig") or given
    identifier = text_in(configured, "guardrailIdentifier")
    return [Need("bedrock:ApplyGuardrail", _guardrail(identifier, place))] if identifier else []


OF_BEDROCK: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **dict.fromkeys(_WHOLE, together(on(_model, "bedrock:InvokeModel"), _guarded)),
        **dict.fromkeys(_STREAMED, together(on(_model, "bedrock:InvokeModelWithResponseStream"), _guarded)),
        "ApplyGuardrail": _guarded,
        "CountTokens": on(_model, "bedrock:CountTokens"),
        "GetAsyncInvoke": on(lambda given, _place: text_in(given, "invocationArn"), "bedrock:GetAsyncInvoke"),
        "ListAsyncInvokes": anywhere("bedrock:ListAsyncInvokes"),
        "StartAsyncInvoke": on(_model, "bedrock:InvokeModel"),
    }
)
"""Those of Bedrock."""

_COMPREHENDED: Final = ("DominantLanguage", "Entities", "KeyPhrases", "Sentiment", "Syntax", "TargetedSentiment")
OF_COMPREHEND: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        f"{verb}{noun}": anywhere(f"comprehend:{verb}{noun}")
        for noun in _COMPREHENDED
        for verb in ("Detect", "BatchDetect")
    }
    | {name: anywhere(f"comprehend:{name}") for name in ("ContainsPiiEntities", "DetectPiiEntities")}
)
"""Those of Comprehend that look at texts with AWS's own models."""

_RECOGNIZED: Final = (
    *("CompareFaces", "DetectFaces", "DetectLabels", "DetectModerationLabels", "DetectProtectiveEquipment"),
    *("DetectText", "GetCelebrityInfo", "GetContentModeration", "GetFaceDetection", "GetLabelDetection"),
    *("RecognizeCelebrities", "StartContentModeration", "StartLabelDetection"),
)
_COLLECTED: Final = (
    *("CreateCollection", "DeleteCollection", "DeleteFaces", "DescribeCollection", "IndexFaces", "ListFaces"),
    *("SearchFaces", "SearchFacesByImage"),
)
OF_REKOGNITION: Final[Mapping[str, Needs]] = MappingProxyType(
    {name: anywhere(f"rekognition:{name}") for name in _RECOGNIZED}
    | {
        name: on(like("arn:aws:rekognition:{region}:{account_id}:collection/{CollectionId}"), f"rekognition:{name}")
        for name in _COLLECTED
    }
)
"""Those of Rekognition that look at pictures, and at collections of faces."""

_READ: Final = (
    *("AnalyzeDocument", "AnalyzeExpense", "AnalyzeID", "DetectDocumentText", "GetDocumentAnalysis"),
    *("GetDocumentTextDetection", "GetExpenseAnalysis", "GetLendingAnalysis", "GetLendingAnalysisSummary"),
    *("StartDocumentAnalysis", "StartDocumentTextDetection", "StartExpenseAnalysis", "StartLendingAnalysis"),
)
OF_TEXTRACT: Final[Mapping[str, Needs]] = MappingProxyType({name: anywhere(f"textract:{name}") for name in _READ})
"""Those of Textract that read documents."""


def _detecting(given: Mapping[str, Any], _place: Place) -> list[Need]:
    """Return what it needs that the language of a text is to be found out."""
    is_open = given.get("SourceLanguageCode") == "auto"
    return [Need("comprehend:DetectDominantLanguage")] if is_open else []


OF_TRANSLATE: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        "ListLanguages": anywhere("translate:ListLanguages"),
        "TranslateDocument": together(anywhere("translate:TranslateDocument"), _detecting),
        "TranslateText": together(anywhere("translate:TranslateText"), _detecting),
    }
)
"""Those of Translate that translate at once."""
