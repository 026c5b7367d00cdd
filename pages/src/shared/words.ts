import { makeWords } from './language';

export const english = {
  signIn: 'Sign in', signUp: 'Create an account', login: 'Username or email', username: 'Username', email: 'Email', password: 'Password',
  code: 'Code from the email', sendCode: 'Email me a code', codeSent: 'If the address is right, a code is on its way by email.',
  forgotten: 'Forgot your password?', reset: 'Reset your password', toSignUp: 'No account yet? Create one', toSignIn: 'Already have an account? Sign in',
  ended: 'Your sign-in has ended. Sign in again.', signOut: 'Sign out',
  newChat: 'New chat', search: 'Search', sessions: 'Chats', messages: 'Messages', pinned: 'Pinned', today: 'Today', yesterday: 'Yesterday', older: 'Load older chats',
  untitled: 'New chat', rename: 'Rename', pin: 'Pin', unpin: 'Unpin', remove: 'Delete', noHits: 'Nothing found.', menu: 'Show or hide the chats',
  removeChat: 'Delete this chat with everything in it?', more: 'More about this chat', close: 'Close', cancel: 'Cancel', save: 'Save',
  write: 'Write a message', send: 'Send', stop: 'Stop', attach: 'Attach files', detach: 'Remove the file', greeting: 'What is on your mind?',
  suggestions: ['What can you do?', 'Show me some code', 'Write a poem about rain'],
  copy: 'Copy', copied: 'Copied', edit: 'Edit', regenerate: 'Regenerate', continue: 'Continue', previousBranch: 'Previous version', nextBranch: 'Next version',
  reasoning: 'Reasoning', earlier: 'Load earlier messages', thinking: 'Waiting for the first words …', stopped: 'You stopped this reply.',
  interrupted: 'The server was interrupted. You can continue this reply.', cut: 'The reply reached its maximum length.', failed: 'The reply failed.',
  you: 'You', assistant: 'Assistant', offline: 'Connection lost. Trying again …', settings: 'Settings', keys: 'Keys', usage: 'Usage', account: 'Account',
  chat: 'This chat', persona: 'Persona', systemPrompt: 'Own system prompt', systemPromptHint: 'In place of the persona’s text, for this chat.',
  key: 'Key', model: 'Model', byDefault: 'Default', name: 'Name', baseUrl: 'Base URL', secret: 'API key', addKey: 'Add a key', test: 'Test', testOk: 'It works.',
  shared: 'shared by', serverKey: 'No key of your own: the server’s key is used, if it has one.', byDay: 'By day', byModel: 'By model', byKey: 'By key',
  tokens: 'tokens', calls: 'calls', noUsage: 'Nothing was used in the last 30 days.', groupCode: 'Activation code of a group', join: 'Join',
  currentPassword: 'Current password', newPassword: 'New password', changePassword: 'Change the password', done: 'Done.', language: '中文',
  image: 'Image', sources: 'Sources', loading: 'Loading …', administration: 'Administration',
};

export type Words = typeof english;

export const chinese: Words = {
  signIn: '登录', signUp: '注册', login: '用户名或邮箱', username: '用户名', email: '邮箱', password: '密码',
  code: '邮件中的验证码', sendCode: '发送验证码', codeSent: '如果地址正确，验证码将通过邮件发送。',
  forgotten: '忘记密码？', reset: '重置密码', toSignUp: '还没有账号？注册', toSignIn: '已有账号？登录',
  ended: '登录已失效，请重新登录。', signOut: '退出登录',
  newChat: '新对话', search: '搜索', sessions: '对话', messages: '消息', pinned: '置顶', today: '今天', yesterday: '昨天', older: '加载更早的对话',
  untitled: '新对话', rename: '重命名', pin: '置顶', unpin: '取消置顶', remove: '删除', noHits: '没有找到。', menu: '显示或隐藏对话列表',
  removeChat: '删除此对话及其全部内容？', more: '更多操作', close: '关闭', cancel: '取消', save: '保存',
  write: '输入消息', send: '发送', stop: '停止', attach: '添加附件', detach: '移除文件', greeting: '今天想聊点什么？',
  suggestions: ['你能做什么？', '给我看一段代码', '写一首关于雨的诗'],
  copy: '复制', copied: '已复制', edit: '编辑', regenerate: '重新生成', continue: '继续', previousBranch: '上一个版本', nextBranch: '下一个版本',
  reasoning: '思考过程', earlier: '加载更早的消息', thinking: '正在等待回复……', stopped: '您已停止此回复。',
  interrupted: '服务器中断，您可以继续此回复。', cut: '回复已达到最大长度。', failed: '回复失败。',
  you: '您', assistant: '助手', offline: '连接中断，正在重试……', settings: '设置', keys: '密钥', usage: '用量', account: '账号',
  chat: '当前对话', persona: '角色', systemPrompt: '自定义系统提示词', systemPromptHint: '在此对话中代替角色的提示词。',
  key: '密钥', model: '模型', byDefault: '默认', name: '名称', baseUrl: '接口地址', secret: 'API 密钥', addKey: '添加密钥', test: '测试', testOk: '可用。',
  shared: '共享自', serverKey: '您没有自己的密钥：将使用服务器的密钥（如有）。', byDay: '按天', byModel: '按模型', byKey: '按密钥',
  tokens: '令牌', calls: '调用', noUsage: '最近 30 天没有用量。', groupCode: '群组激活码', join: '加入',
  currentPassword: '当前密码', newPassword: '新密码', changePassword: '修改密码', done: '已完成。', language: 'English',
  image: '图片', sources: '来源', loading: '加载中……', administration: '管理',
};

/** Return the words of all pages. */
export const useWords = makeWords(english, chinese);
