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
  ...section('See', [
    statusCommand,
    topCommand,
    openCommand,
    jobsCommand,
    runsCommand,
    logsCommand,
    whyCommand,
    doctorCommand,
    checkCommand,
  ]),
  ...section('Run by hand', [
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
    enableCommand,
    disableCommand,
  ]),
  ...section('Services', [
    servicesCommand,
    serviceShowCommand,
    serviceStartCommand,
    serviceStopCommand,
    serviceRestartCommand,
    serviceKillCommand,
    serviceLogsCommand,
  ]),
  ...section('Definitions', [
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
    moveCommand,
    scheduleExplainCommand,
    scheduleNextCommand,
    templateRenderCommand,
    importDkronCommand,
    importCronicleCommand,
    importSystemdCommand,
  ]),
  ...section('Agents and the cluster', [
    agentCommand,
    joinTokenCommand,
    nodesCommand,
    drainCommand,
    activateCommand,
    removeNodeCommand,
    leaveCommand,
    pauseCommand,
    resumeCommand,
    witnessesShowCommand,
    witnessesReplaceCommand,
    witnessesRecoverCommand,
    backupCommand,
    restoreCommand,
    pruneCommand,
  ]),
  ...section('Who may do what', [
    tokenCreateCommand,
    tokenListCommand,
    tokenRevokeCommand,
    secretSetCommand,
    secretListCommand,
    secretRemoveCommand,
    auditTailCommand,
    auditQueryCommand,
    auditVerifyCommand,
  ]),
  ...section('Shells', [completionCommand]),
]

export const commands: readonly Command[] = [...named, ...section('Shells', [completeCommand(named)])]

function section(title: string, own: readonly Command[]): readonly Command[] {
  return own.map((command) => ({ ...command, section: title }))
}
