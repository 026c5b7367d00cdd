import { makeWords } from '../shared/language';
import { chinese as sharedChinese, english as sharedEnglish } from '../shared/words';

const english = {
  ...sharedEnglish,
  needsAdmin: 'You need the role ADMIN for this page.', sections: 'Sections', chats: 'Chat', users: 'Users', groups: 'Groups', serverKeys: 'Server key',
  callLog: 'Call log', health: 'Health',
  findUser: 'Search by username, email or nickname', role: 'Role', roles: { USER: 'User', ADMIN: 'Admin' }, roleOf: (name: string) => `Role of ${name}`,
  tokensAMonth: 'Tokens a month', tokensAMonthOf: (name: string) => `Tokens a month of ${name}`, lastSignIn: 'Last sign-in', status: 'Status',
  disable: 'Disable', enable: 'Enable', byServer: 'default', shown: (some: number, all: number) => `${some} of ${all}`, showMore: 'Show more',
  activationCode: 'Activation code', closed: 'closed', members: 'Members', changes: 'Changes', unlimited: 'no limit', closeGroup: 'Close',
  removeGroup: (name: string) => `Delete ${name} with the keys that it shares? Members and their chats stay.`,
  newGroup: 'New group', groupQuota: 'Tokens a month, without a limit if empty', create: 'Create',
  groupCreated: 'The group was created. Hand out its activation code.',
  keySource: { STORED: 'Stored here', SETTINGS: 'From the settings' }, secretHint: (source: string, hint: string) => (hint ? `${source}, secret …${hint}.` : `${source}.`),
  noKey: 'There is none.', newSecret: 'Secret, unchanged if empty', keySaved: 'The key is in force at all workers.',
  removeKey: 'Delete it, and use the settings’', reload: 'Read the configuration files again',
  all: 'all', outcomes: { SUCCESS: 'Success', ERROR: 'Error' }, purpose: 'Purpose', when: 'When', duration: 'Duration', details: 'Details', show: 'Show',
  purposes: { REPLY: 'Reply', TITLE: 'Title', TEST: 'Test of a key', COMPLETION: 'Completion' },
  callCount: (count: number) => `${count} ${count === 1 ? 'call' : 'calls'}`, newest: 'Newest', next: 'Older',
  byUser: 'By user', apiKey: 'Key', user: 'User', day: 'Day', share: 'Share', errors: 'Errors',
  server: 'Server', states: { ok: 'ok', degraded: 'degraded', down: 'down' }, parts: { database: 'Database', redis: 'Redis', server: 'This server' }, checkAgain: 'Check again',
};

const chinese: typeof english = {
  ...sharedChinese,
  needsAdmin: '此页面需要管理员（ADMIN）角色。', sections: '栏目', chats: '聊天', users: '用户', groups: '群组', serverKeys: '服务器密钥',
  callLog: '调用日志', health: '健康状态',
  findUser: '按用户名、邮箱或昵称搜索', role: '角色', roles: { USER: '用户', ADMIN: '管理员' }, roleOf: (name) => `${name} 的角色`,
  tokensAMonth: '每月令牌数', tokensAMonthOf: (name) => `${name} 的每月令牌数`, lastSignIn: '上次登录', status: '状态',
  disable: '停用', enable: '启用', byServer: '默认', shown: (some, all) => `已显示 ${some} / ${all}`, showMore: '显示更多',
  activationCode: '激活码', closed: '已关闭', members: '成员数', changes: '操作', unlimited: '不限', closeGroup: '关闭',
  removeGroup: (name) => `删除 ${name} 及其共享的密钥？成员及其对话会保留。`,
  newGroup: '新建群组', groupQuota: '每月令牌数（留空则不限）', create: '创建',
  groupCreated: '群组已创建，请分发其激活码。',
  keySource: { STORED: '保存在此处', SETTINGS: '来自配置' }, secretHint: (source, hint) => (hint ? `${source}，密钥 …${hint}。` : `${source}。`),
  noKey: '尚未设置。', newSecret: 'API 密钥（留空则不变）', keySaved: '密钥已在所有工作进程生效。',
  removeKey: '删除并改用配置中的密钥', reload: '重新读取配置文件',
  all: '全部', outcomes: { SUCCESS: '成功', ERROR: '失败' }, purpose: '用途', when: '时间', duration: '耗时', details: '详情', show: '查看',
  purposes: { REPLY: '回复', TITLE: '标题', TEST: '密钥测试', COMPLETION: '补全' },
  callCount: (count) => `共 ${count} 次调用`, newest: '最新', next: '更早',
  byUser: '按用户', apiKey: '密钥', user: '用户', day: '日期', share: '占比', errors: '错误',
  server: '服务器', states: { ok: '正常', degraded: '部分受限', down: '不可用' }, parts: { database: '数据库', redis: 'Redis', server: '本服务器' }, checkAgain: '重新检查',
};

/** Return the words of the admin's page. */
export const useAdminWords = makeWords(english, chinese);
