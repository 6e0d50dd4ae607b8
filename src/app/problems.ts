import type { MeshError } from '../protocol/errors.ts';
import { t } from '../ui/index.ts';
import type { Problem } from '../ui/model.ts';

/** What a person is told of a failure: what it is, what happened, and what to try. */
export function problemOf(error: MeshError): Problem {
  return { title: titleOf(error), what: whatOf(error), next: nextOf(error) };
}

function titleOf({ code }: MeshError): string {
  switch (code) {
    case 'host-away':
      return t('problem.hostAway');
    case 'invite-expired':
    case 'invite-revoked':
    case 'invite-used-up':
      return t('problem.link');
    case 'invite-unknown':
    case 'invite-proof':
    case 'link-malformed':
      return t('problem.linkWrong');
    case 'kicked':
    case 'banned':
      return t('problem.notAllowed');
    case 'turned-away':
      return t('problem.turnedAway');
    case 'not-answered':
      return t('problem.notAnswered');
    case 'session-ended':
      return t('problem.ended');
    case 'signaling-unreachable':
    case 'signaling-fault':
      return t('problem.signaling');
    case 'version':
      return t('problem.version');
    default:
      return t('problem.connection');
  }
}

function whatOf({ code, message }: MeshError): string {
  switch (code) {
    case 'turned-away':
      return t('problem.turnedAwayWhat');
    case 'not-answered':
      return t('problem.notAnsweredWhat');
    default:
      return message;
  }
}

function nextOf({ code }: MeshError): string {
  switch (code) {
    case 'turned-away':
      return t('problem.turnedAwayNext');
    case 'not-answered':
      return t('problem.notAnsweredNext');
    case 'host-away':
      return t('problem.hostAwayNext');
    case 'signaling-unreachable':
    case 'signaling-fault':
    case 'connect-timeout':
    case 'link-lost':
    case 'handshake-timeout':
      return t('problem.networkNext');
    default:
      return '';
  }
}
