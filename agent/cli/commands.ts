// All commands that there are, in the order in which the help lists them: the entry of the process, completion and the
// tests that demand something of every command go by this table.

import { agentCommand } from './agent-command.ts'
import { auditQueryCommand, auditTailCommand, auditVerifyCommand } from './audit-commands.ts'
import { backupCommand, restoreCommand } from './backup-commands.ts'
import { checkCommand } from './check-command.ts'
import { completeCommand, completionCommand } from './completion-commands.ts'
import {
  configApplyCommand,
  configDeleteCommand,
  configResolveCommand,
  configRollbackCommand,
} from './config-apply-command.ts'
import type { Command } from './command.ts'
import { configStatusCommand } from './config-command.ts'
import { configDiffCommand } from './config-diff-command.ts'
import { configGetCommand, configHistoryCommand, configListCommand } from './config-list-command.ts'
import { configSchemaCommand, configValidateCommand } from './config-validate-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { importCronicleCommand, importDkronCommand, importSystemdCommand } from './import-command.ts'
import { jobsCommand } from './jobs-command.ts'
import { joinTokenCommand } from './join-token-command.ts'
import { drainCommand } from './drain-command.ts'
import {
  activateCommand,
  leaveCommand,
  pauseCommand,
  removeNodeCommand,
  resumeCommand,
} from './node-commands.ts'
import { nodesCommand } from './nodes-command.ts'
import { backfillCommand } from './backfill-command.ts'
import {
  cancelCommand,
  failCommand,
  killCommand,
  recoverCommand,
  retryCommand,
  skipCommand,
  stopCommand,
  succeedCommand,
} from './order-commands.ts'
import { discardCommand, publishCommand } from './event-commands.ts'
import { pruneCommand } from './prune-command.ts'
import { rerunCommand, startCommand } from './start-command.ts'
import { whyCommand } from './why-command.ts'
import { logsCommand } from './logs-command.ts'
import { runsCommand } from './runs-command.ts'
import { secretListCommand, secretRemoveCommand, secretSetCommand } from './secret-commands.ts'
import { scheduleExplainCommand, scheduleNextCommand } from './schedule-command.ts'
import {
  serviceKillCommand,
  serviceLogsCommand,
  serviceRestartCommand,
  servicesCommand,
  serviceShowCommand,
  serviceStartCommand,
  serviceStopCommand,
} from './services-command.ts'
import { statusCommand } from './status-command.ts'
import { moveCommand } from './move-command.ts'
import { disableCommand, enableCommand } from './switch-command.ts'
import { templateRenderCommand } from './template-command.ts'
import { topCommand } from './top-command.ts'
import { openCommand, tokenCreateCommand, tokenListCommand, tokenRevokeCommand } from './token-commands.ts'
import {
  witnessesRecoverCommand,
  witnessesReplaceCommand,
  witnessesShowCommand,
} from './witnesses-command.ts'

const named: readonly Command[] = [
  agentCommand,
  openCommand,
  statusCommand,
  topCommand,
  doctorCommand,
  checkCommand,
  jobsCommand,
  runsCommand,
  logsCommand,
  whyCommand,
  startCommand,
  rerunCommand,
  backfillCommand,
  cancelCommand,
  stopCommand,
  killCommand,
  retryCommand,
  skipCommand,
  succeedCommand,
  failCommand,
  recoverCommand,
  publishCommand,
  discardCommand,
  moveCommand,
  enableCommand,
  disableCommand,
  servicesCommand,
  serviceShowCommand,
  serviceStartCommand,
  serviceStopCommand,
  serviceRestartCommand,
  serviceKillCommand,
  serviceLogsCommand,
  configStatusCommand,
  configListCommand,
  configGetCommand,
  configDiffCommand,
  configApplyCommand,
  configHistoryCommand,
  configRollbackCommand,
  configDeleteCommand,
  configResolveCommand,
  configValidateCommand,
  configSchemaCommand,
  scheduleExplainCommand,
  scheduleNextCommand,
  templateRenderCommand,
  importDkronCommand,
  importCronicleCommand,
  importSystemdCommand,
  backupCommand,
  restoreCommand,
  pruneCommand,
  nodesCommand,
  tokenCreateCommand,
  tokenListCommand,
  tokenRevokeCommand,
  secretSetCommand,
  secretListCommand,
  secretRemoveCommand,
  auditTailCommand,
  auditQueryCommand,
  auditVerifyCommand,
  joinTokenCommand,
  drainCommand,
  activateCommand,
  removeNodeCommand,
  pauseCommand,
  resumeCommand,
  leaveCommand,
  witnessesShowCommand,
  witnessesReplaceCommand,
  witnessesRecoverCommand,
  completionCommand,
]

export const commands: readonly Command[] = [...named, completeCommand(named)]
