/** In a ComfyUI of one's own: its settings, and joining there; joined into the catalogue by strings.en.ts. */
export const comfyuiEn = {
  'command.join': 'Nexus Mesh: Join a session',

  'join.missing.one': 'One node type is not installed here',
  'join.missing.other': '{n} node types are not installed here',
  'join.missingNext':
    'Their nodes show as placeholders and lose nothing. Running is the host’s: it works all the same.',
  'join.openAnyway': 'Open anyway',

  'setting.portal': 'Portal: the page that invite links open',
  'setting.portalHint': 'The address that `npm start` of Nexus Mesh prints, like http://192.168.1.5:8787/',
  'setting.portalBuilt': 'Leave empty for {portal}. Else the address that `npm start` of Nexus Mesh prints.',
  'setting.signaling': 'Signaling: where people find each other',
  'setting.signalingHint': 'Leave empty to use the portal’s own. Else a PeerServer, like wss://peers.example.org/',
  'setting.stun': 'STUN servers: how browsers behind home routers find each other',
  'setting.stunHint':
    'Like stun:stun.example.org:3478, several with spaces. What the signaling endpoint names is used too.',
  'setting.turn': 'TURN server: a relay for networks that let nothing else through',
  'setting.turnHint': 'Like turn:relay.example.org:3478. Relayed data stays encrypted.',
  'setting.turnUser': 'TURN user name',
  'setting.turnPassword': 'TURN password',
  'setting.name': 'Your name',
  'setting.color': 'Your colour',
  'setting.cursors': 'Show the others’ mice',
  'setting.blocked': 'Nodes that guests may not run',
  'setting.blockedHint':
    '@paid costs your credits, @code runs code, @files names files by path, @network talks to other servers; or names of types, * for anything. Between commas.',
  'setting.allowed': 'Nodes that guests may run all the same',
  'setting.allowedHint': 'Names of types, * for anything. These win.',
} as const;
