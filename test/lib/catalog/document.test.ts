// Both implementations of the replicated document under the one acceptance suite.
import { automergeDocuments } from '../../../lib/catalog/automerge-document.ts'
import { standInDocuments } from '../../sim/stand-in-document.ts'
import { describeDocument } from './document-acceptance.ts'

describeDocument('Automerge', automergeDocuments)
describeDocument('stand-in', standInDocuments)
