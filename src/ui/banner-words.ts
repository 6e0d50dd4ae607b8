import { type BannerKind, firstArrival, firstRequest, followed, followers } from './banner-choice.ts';
import type { IconName } from './icons.ts';
import type { MeshState } from './model.ts';
import { plural, t } from './strings.ts';

export interface BannerWords {
  readonly icon: IconName;
  /** `person`: in the colour of the person whom it is about, `color`. */
  readonly tone: 'calm' | 'warn' | 'ok' | 'person';
  readonly color?: number;
  readonly title: string;
  readonly text: string;
}

/** What each banner says. Pure. */
export function bannerWords(kind: BannerKind, state: MeshState): BannerWords {
  switch (kind) {
    case 'arrival': {
      const arrival = firstArrival(state);
      const title = t('banner.arrival', { name: arrival?.name ?? '' });
      return { icon: 'users', tone: 'person', color: arrival?.color ?? 0, title, text: t('banner.arrivalHint') };
    }
    case 'asks': {
      const person = firstRequest(state);
      const title = t('banner.asks', { name: person?.name ?? '' });
      const text = t(`banner.asks.${person?.asks ?? 'editor'}`);
      return { icon: 'pencil', tone: 'person', color: person?.color ?? 0, title, text };
    }
    case 'following': {
      const person = followed(state);
      const title = t('banner.following', { name: person?.name ?? '' });
      return { icon: 'eye', tone: 'person', color: person?.color ?? 0, title, text: t('banner.followingHint') };
    }
    case 'followed':
      return {
        icon: 'eye',
        tone: 'calm',
        title: plural('banner.followed', followers(state)),
        text: t('banner.followedHint'),
      };
    case 'memory-only':
      return { icon: 'alert', tone: 'warn', title: t('banner.memory'), text: t('banner.memoryHint') };
    case 'other-workflow': {
      const { phase } = state;
      const isClosed = (phase.kind === 'hosting' || phase.kind === 'guest') && phase.workflow === 'closed';
      const title = t(isClosed ? 'banner.closedHere' : 'banner.otherTab');
      return { icon: 'users', tone: 'calm', title, text: t('banner.otherTabHint') };
    }
    default:
      return guestWords(kind, state);
  }
}

function guestWords(kind: 'host-away' | 'reconnecting' | 'reconnected' | 'viewing', { phase }: MeshState): BannerWords {
  const guest = phase.kind === 'guest' ? phase : null;
  const host = guest?.hostName ?? '';
  const waiting = guest && guest.unconfirmed > 0 ? ` ${plural('banner.unconfirmed', guest.unconfirmed)}` : '';
  switch (kind) {
    case 'host-away':
      return {
        icon: 'away',
        tone: 'calm',
        title: t('banner.hostAway', { host }),
        text: t(guest?.linked ? 'banner.hostAwayTogether' : 'banner.hostAwayHint') + waiting,
      };
    case 'reconnecting':
      return {
        icon: 'refresh',
        tone: 'warn',
        title: t('banner.reconnecting'),
        text: t('banner.reconnectingHint') + waiting,
      };
    case 'reconnected':
      return { icon: 'check', tone: 'ok', title: t('banner.reconnected'), text: t('banner.reconnectedHint') };
    case 'viewing':
      return guest?.asked
        ? { icon: 'lock', tone: 'calm', title: t('banner.asked'), text: t('ask.sent', { host }) }
        : { icon: 'lock', tone: 'calm', title: t('banner.viewing'), text: t('banner.viewingHint') };
  }
}
