// The entry of the process: hands the words of the command line to the command that they name. These are all that
// there are, in the order in which the help lists them.

import { agentCommand } from './cli/agent-command.ts'
import { auditQueryCommand, auditTailCommand, auditVerifyCommand } from './cli/audit-commands.ts'
import { backupCommand, restoreCommand } from './cli/backup-commands.ts'
import { checkCommand } from './cli/check-command.ts'
import { completeCommand, completionCommand } from './cli/completion-commands.ts'
import {
  configApplyCommand,
  configDeleteCommand,
  configResolveCommand,
  configRollbackCommand,
} from './cli/config-apply-command.ts'
import { configStatusCommand } from './cli/config-command.ts'
import { configDiffCommand } from './cli/config-diff-command.ts'
import { configGetCommand, configHistoryCommand, configListCommand } from './cli/config-list-command.ts'
import { configSchemaCommand, configValidateCommand } from './cli/config-validate-command.ts'
import { doctorCommand } from './cli/doctor-command.ts'
import { importCronicleCommand, importDkronCommand, importSystemdCommand } from './cli/import-command.ts'
import { jobsCommand } from './cli/jobs-command.ts'
import { joinTokenCommand } from './cli/join-token-command.ts'
import { drainCommand } from './cli/drain-command.ts'
import {
  activateCommand,
  leaveCommand,
  pauseCommand,
  removeNodeCommand,
  resumeCommand,
} from './cli/node-commands.ts'
import { nodesCommand } from './cli/nodes-command.ts'
import { backfillCommand } from './cli/backfill-command.ts'
import {
  cancelCommand,
  failCommand,
  killCommand,
  recoverCommand,
  retryCommand,
  skipCommand,
  stopCommand,
  succeedCommand,
} from './cli/order-commands.ts'
import { discardCommand, publishCommand } from './cli/event-commands.ts'
import { pruneCommand } from './cli/prune-command.ts'
import { rerunCommand, startCommand } from './cli/start-command.ts'
import { whyCommand } from './cli/why-command.ts'
import { runCommandLine } from './cli/run-command.ts'
import { logsCommand } from './cli/logs-command.ts'
import { runsCommand } from './cli/runs-command.ts'
import { secretListCommand, secretRemoveCommand, secretSetCommand } from './cli/secret-commands.ts'
import { scheduleExplainCommand, scheduleNextCommand } from './cli/schedule-command.ts'
import {
  serviceKillCommand,
  serviceLogsCommand,
  serviceRestartCommand,
  servicesCommand,
  serviceShowCommand,
  serviceStartCommand,
  serviceStopCommand,
} from './cli/services-command.ts'
import { statusCommand } from './cli/status-command.ts'
import { moveCommand } from './cli/move-command.ts'
import { disableCommand, enableCommand } from './cli/switch-command.ts'
import { templateRenderCommand } from './cli/template-command.ts'
import { topCommand } from './cli/top-command.ts'
import { processTerminal } from './cli/terminal.ts'
import {
  openCommand,
  tokenCreateCommand,
  tokenListCommand,
  tokenRevokeCommand,
} from './cli/token-commands.ts'
import {
  witnessesRecoverCommand,
  witnessesReplaceCommand,
  witnessesShowCommand,
} from './cli/witnesses-command.ts'

const commands = [
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
]

// A reader that went away (`hocket runs | head`) or a log on a full disk must not end an agent.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const all = [...commands, completionCommand, completeCommand([...commands, completionCommand])]
const exitCode = await runCommandLine(process.argv.slice(2), all, processTerminal())
for (const stream of [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write('', resolve))
// Libraries of the mesh leave timers behind for up to a second.
process.exit(exitCode)
