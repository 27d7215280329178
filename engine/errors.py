"""Every "no" that Stafet can say: a sentence for the person and a code for programs.

The docstring is the English sentence (the Babel catalogue holds the Danish one), the code is what
programs and translations key on, and the parent class says what a caller can do: mend the input
(422), log in (401), ask for access (403), look elsewhere (404), reload (409), wait (429), or call
an operator (503).  `fields` maps a field or element to its own sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class StafetError(Exception):
    """Something did not go as it should."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(
        self, detail: str = "", *, fields: Mapping[str, str] | None = None, **facts: object
    ) -> None:
        """`detail` replaces the docstring as sentence; `facts` fill placeholders, never names or CPR."""
        #: What is translated: the sentence with its places, `%(name)s`, which `facts` fill.
        self.template: str = detail or (self.__doc__ or "").strip().splitlines()[0]
        super().__init__(filled(self.template, facts))
        self.fields: dict[str, str] = dict(fields or {})
        self.facts = facts

    @property
    def sentence(self) -> str:
        """What the person reads, before translation."""
        return str(self)


def filled(template: str, facts: Mapping[str, object]) -> str:
    """A sentence with its places filled; one that has none, or other ones, stays as it is."""
    try:
        return template % facts if facts and "%(" in template else template
    except (KeyError, TypeError, ValueError):
        return template


# ---- what a caller can do about it -------------------------------------------------------
class Invalid(StafetError):
    """Some of what was sent cannot be used."""

    code, status = "invalid", 422


class NotLoggedIn(StafetError):
    """Log in first."""

    code, status = "not_logged_in", 401


class Forbidden(StafetError):
    """This is not yours to do."""

    code, status = "forbidden", 403


class NotFound(StafetError):
    """There is nothing here, or nothing that you may see."""

    code, status = "not_found", 404


class Conflict(StafetError):
    """Somebody else was first. Reload and look again."""

    code, status = "conflict", 409


class TooFast(StafetError):
    """Too many attempts. Wait a little and try again."""

    code, status = "too_fast", 429


class Unavailable(StafetError):
    """Stafet cannot store anything right now. Nothing was changed; try again in a moment."""

    code, status = "unavailable", 503


class AuditClosed(Unavailable):
    """The audit log cannot be written right now, so nothing is shown and nothing was changed. Tell an operator."""

    code = "audit_closed"


# ---- tasks and instances -----------------------------------------------------------------
class TaskNotOpen(Conflict):
    """This task is no longer open."""

    code = "task_not_open"


class TaskTaken(Conflict):
    """A colleague has already taken this task."""

    code = "task_taken"


class InstanceEnded(Conflict):
    """This pathway has already ended."""

    code = "instance_ended"


class InstanceMoved(Conflict):
    """The pathway has moved on since you looked at it."""

    code = "instance_moved"


class InstanceSuspended(Conflict):
    """This pathway is suspended. An operator must resume it first."""

    code = "instance_suspended"


class InstanceNotSuspended(Conflict):
    """This pathway is not suspended."""

    code = "instance_not_suspended"


class TimerNotOpen(Conflict):
    """That timer is not waiting any more."""

    code = "timer_not_open"


class NothingToRemind(Conflict):
    """No deadline runs here that anybody could be reminded of."""

    code = "nothing_to_remind"


class NoLongerStuck(Conflict):
    """It is not stuck for that reason any more."""

    code = "no_longer_stuck"


class MayNotTake(Conflict):
    """Nobody in the unit who may take the task has that login."""

    code = "may_not_take"


class NoTimerThere(Conflict):
    """No timer waits at that element here."""

    code = "no_timer_there"


class NeverReached(Conflict):
    """It has never been at that step."""

    code = "never_reached"


class NotAtStep(Conflict):
    """It does not stand at that step."""

    code = "not_at_step"


class OtherType(Conflict):
    """The value there is of another type."""

    code = "other_type"


class OtherVersion(Conflict):
    """It runs in another version of the pathway by now."""

    code = "other_version"


class SeveralVersions(Conflict):
    """These run in several pathways or versions. Choose those of one."""

    code = "several_versions"


class ChangedSince(Conflict):
    """It has moved on since this was done to it."""

    code = "changed_since"


class BatchRuns(Conflict):
    """Somebody is doing this to the same group already. Look at that batch first."""

    code = "batch_runs"


class MoveImpossible(Conflict):
    """The token cannot be moved there."""

    code = "move_impossible"


class MigrationImpossible(Conflict):
    """This pathway cannot move to the other version as it stands."""

    code = "migration_impossible"


class FormInvalid(Invalid):
    """Some fields must be mended before the task can be completed."""

    code = "form_invalid"


class DocumentIncomplete(FormInvalid):
    """The document lacks what it must hold before it can be sent or put in force."""

    code = "document_incomplete"


class UnknownPathway(Invalid):
    """There is no pathway with that name in this agreement."""

    code = "unknown_pathway"


class UnknownAgreement(Invalid):
    """There is no agreement with that name."""

    code = "unknown_agreement"


class PartyMissing(Invalid):
    """A party that this pathway needs is missing from the case."""

    code = "party_missing"


class UnknownUnit(Invalid):
    """There is no such unit, or it cannot fill that role."""

    code = "unknown_unit"


class ActionNotOpen(Conflict):
    """That cannot be started or reported on this case now."""

    code = "action_not_open"


class OtherSubject(Conflict):
    """That pathway is for another kind of case."""

    code = "other_subject"


class MessageUnmatched(Conflict):
    """Nobody waits for that message now. It is kept and listed."""

    code = "message_unmatched"


class MessageHandled(Conflict):
    """Somebody has dealt with this message already."""

    code = "message_handled"


class CprInvalid(Invalid):
    """A CPR number has ten digits, the first six of them a date."""

    code = "cpr_invalid"


class CitizenTooYoung(Invalid):
    """The agreement is for adults."""

    code = "citizen_too_young"


class OtherRegion(Invalid):
    """The citizen's municipality is not part of this agreement."""

    code = "other_region"


class OutsideTargetGroup(Invalid):
    """The citizen is outside the agreement's target group."""

    code = "outside_target_group"


# ---- what designers write ----------------------------------------------------------------
class DiagramInvalid(Invalid):
    """The diagram cannot be run as it is drawn."""

    code = "diagram_invalid"


class ExpressionInvalid(Invalid):
    """The expression cannot be read."""

    code = "expression_invalid"


class ExpressionTooCostly(Invalid):
    """The expression needs more steps than one evaluation may take."""

    code = "expression_too_costly"


class DecisionInvalid(Invalid):
    """The decision model cannot be read."""

    code = "decision_invalid"


class DecisionUnknown(NotFound):
    """There is no decision of that name in the model."""

    code = "decision_unknown"


class FristInvalid(Invalid):
    """The deadline is not written in a way that can be counted."""

    code = "frist_invalid"


class FormUnsupported(Invalid):
    """The form uses something that the server does not support."""

    code = "form_unsupported"


class ScenarioInvalid(Invalid):
    """The scenario cannot be read."""

    code = "scenario_invalid"


class DeployRefused(Invalid):
    """Nothing was deployed: the folder has findings that must be mended first."""

    code = "deploy_refused"


# ---- while a pathway runs ----------------------------------------------------------------
class StepFailed(StafetError):
    """The pathway could not take its step. It stands where it stood, and an operator can see why."""

    code, status = "step_failed", 409


class LoopWithoutWait(StepFailed):
    """The pathway went round without ever waiting for anybody."""

    code = "loop_without_wait"


class StateUnreadable(StepFailed):
    """The stored state of this instance cannot be read by this version."""

    code = "state_unreadable"


# ---- the house ---------------------------------------------------------------------------
class SettingInvalid(StafetError):
    """A setting has a value that cannot be used."""

    code, status = "setting_invalid", 500


class DatabaseLocked(Unavailable):
    """The database file is in use by another server. Stop that one first, or use PostgreSQL."""

    code = "database_locked"


class DatabaseReadOnly(Unavailable):
    """The database can be read but not written. Nothing was changed."""

    code = "database_read_only"


class DiskFull(Unavailable):
    """The disk is full. Nothing was changed; an operator must make room."""

    code = "disk_full"


class SecretUnreadable(Unavailable):
    """A protected value cannot be read with the keys of this server. An operator must look at it."""

    code = "secret_unreadable"


class LoginRefused(NotLoggedIn):
    """The login or the password is wrong."""

    code = "login_refused"


class ScopeMissing(Forbidden):
    """This token is not made for that: it lacks the scope “%(scope)s”."""

    code = "scope_missing"


# ---- logging in with an identity provider ------------------------------------------------
class LoginNotBegun(StafetError):
    """This login did not begin in this browser, has been used already, or took too long. Begin again."""

    code, status = "login_not_begun", 400


class ProofRefused(StafetError):
    """The identity provider's answer could not be verified. Begin again."""

    code, status = "proof_refused", 400


class ProviderDown(Unavailable):
    """The identity provider does not answer right now. Try again in a moment."""

    code = "provider_down"


class ProviderKnowsUsNot(Unavailable):
    """The identity provider does not accept Stafet's own key or secret. Tell those who run Stafet."""

    code = "provider_knows_us_not"


class ProviderSaidNo(Forbidden):
    """The identity provider did not log you in."""

    code = "provider_said_no"


class LevelTooLow(Forbidden):
    """Your login has too low a level of assurance. Log in with a stronger means."""

    code = "level_too_low"


class NoJob(Forbidden):
    """Your login gives no access to any unit in Stafet. Ask your leader."""

    code = "no_job"


class PersonUnknown(Forbidden):
    """You are not known as a user of Stafet. Ask your leader."""

    code = "person_unknown"


class LoginTaken(Conflict):
    """Another user of Stafet has your user name already. An operator must say that it is you."""

    code = "login_taken"


class LocalLoginsOff(Forbidden):
    """Passwords are not used here. Log in with the identity provider."""

    code = "local_logins_off"
