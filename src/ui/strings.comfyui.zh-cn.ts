import type { comfyuiEn } from './strings.comfyui.en.ts';

export const comfyuiZhCn: Readonly<Record<keyof typeof comfyuiEn, string>> = {
  'command.join': 'Nexus Mesh：加入会话',

  'join.missing.one': '这里没有安装 1 种节点',
  'join.missing.other': '这里没有安装 {n} 种节点',
  'join.missingNext': '这些节点会显示为占位，内容不会丢失。运行由主机完成，不受影响。',
  'join.openAnyway': '仍然打开',

  'setting.portal': '门户：邀请链接打开的页面',
  'setting.portalHint': 'Nexus Mesh 的 `npm start` 输出的地址，例如 http://192.168.1.5:8787/',
  'setting.portalBuilt': '留空则使用 {portal}。否则填写 Nexus Mesh 的 `npm start` 输出的地址。',
  'setting.signaling': '信令：大家在哪里找到彼此',
  'setting.signalingHint': '留空则使用门户自带的。也可以填写 PeerServer，例如 wss://peers.example.org/',
  'setting.stun': 'STUN 服务器：家用路由器后的浏览器如何找到彼此',
  'setting.stunHint': '例如 stun:stun.example.org:3478，多个用空格分隔。信令服务器给出的也会使用。',
  'setting.turn': 'TURN 服务器：在其他方式都不通的网络中转发',
  'setting.turnHint': '例如 turn:relay.example.org:3478。转发的数据仍然加密。',
  'setting.turnUser': 'TURN 用户名',
  'setting.turnPassword': 'TURN 密码',
  'setting.name': '你的名字',
  'setting.color': '你的颜色',
  'setting.cursors': '显示其他人的鼠标',
  'setting.blocked': '访客不能运行的节点',
  'setting.blockedHint':
    '@paid 消耗你的额度，@code 运行代码，@files 按路径读写文件，@network 访问其他服务器；也可以写节点类型名，* 代表任意。用逗号分隔。',
  'setting.allowed': '访客仍可运行的节点',
  'setting.allowedHint': '节点类型名，* 代表任意。优先于上面的列表。',
};
